package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipePlannerTest {
    /** Containers often have 64 MB of shared memory. */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "8, 1", "2, 2"})
    void shouldStartInAnOrdinaryContainer(int ranks, int nodes) {
        assertThat(RecipePlanner.shmBytes(ranks, nodes)).isLessThan(64L << 20);
    }

    @ParameterizedTest
    @CsvSource({"2, 4, 1", "4, 16, 1", "2, 16, 2", "4, 8, 4"})
    void shouldAskForMoreWhereThereIsMoreToConnect(int fewer, int more, int nodes) {
        assertThat(RecipePlanner.shmBytes(more, nodes)).isGreaterThan(RecipePlanner.shmBytes(fewer, nodes));
    }
}
