package io.witan.benchmarks.collectives;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.benchmarks.machine.Machine;

/**
 * Where a rank runs, for the header.
 *
 * @param cores that it may use, as the kernel lists them
 * @param flags of its JVM that bear on speed
 */
record RankFacts(int rank, long pid, String cores, String machine, String flags) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static RankFacts here(int rank) {
        return new RankFacts(
                rank, ProcessHandle.current().pid(), Machine.allowedCores(), Machine.describe(), Machine.jvmFlags());
    }

    String json() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @throws IllegalArgumentException if it was not made by {@link #json} */
    static RankFacts fromJson(String json) {
        try {
            return MAPPER.readValue(json, RankFacts.class);
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not the facts of a rank: " + json, broken);
        }
    }
}
