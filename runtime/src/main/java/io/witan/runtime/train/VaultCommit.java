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
record VaultCommit(String run, EngineState engine, int[][] slots) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static VaultCommit fromBytes(byte[] bytes) {
        try {
            return JSON.readValue(bytes, VaultCommit.class);
        } catch (IOException e) {
            throw new IllegalArgumentException("engine state in the vault is unreadable: " + e.getMessage(), e);
        }
    }

    byte[] toBytes() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
