package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipePlannerTest {
    /** Containers often have 64 MB of shared memory. */
    @ParameterizedTest
    @CsvSource({"1, 1, 32", "2, 1, 32", "8, 1, 32", "2, 2, 56", "4, 2, 80", "16, 4, 80"})
    void shouldAskForSharedMemoryThatTheTransportNeeds(int ranks, int nodes, long megabytes) {
        assertThat(RecipePlanner.shmBytes(ranks, nodes)).isEqualTo(megabytes << 20);
    }
}
