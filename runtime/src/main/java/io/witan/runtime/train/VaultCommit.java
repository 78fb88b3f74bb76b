package io.witan.runtime.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * What a vault keeps with each step.
 *
 * @param run model, tokenizer and data that the state belongs to
 */
record VaultCommit(String run, EngineState engine) {
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
