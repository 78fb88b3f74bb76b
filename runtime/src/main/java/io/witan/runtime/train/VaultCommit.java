package io.witan.runtime.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * What a vault keeps with each step.
 *
 * @param run model, tokenizer and data that the state belongs to
 * @param engine the same on all ranks
 * @param slots layer and expert of each of this rank's regions; null in vaults of versions whose regions were named by expert
 */
public record VaultCommit(String run, EngineState engine, int[][] slots) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws IllegalArgumentException if it is not what {@link #toBytes} wrote */
    public static VaultCommit fromBytes(byte[] bytes) {
        try {
            return JSON.readValue(bytes, VaultCommit.class);
        } catch (IOException e) {
            throw new IllegalArgumentException("engine state in the vault is unreadable: " + e.getMessage(), e);
        }
    }

    public byte[] toBytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
