package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineStateTest {
    @Test
    void comesBackAsItWas() {
        EngineState state = new EngineState(
                7,
                2,
                Map.of("dense", 7L, "L00.E001", 3L),
                new int[][] {{0, 1}, {1, 0}},
                List.<long[][]>of(new long[][] {{1, 2}, {3, 4}}),
                1,
                new long[][] {{1L << 60, 5}, {6, 7}},
                4,
                new int[][] {{0, 1}, {}},
                new double[][] {{0.1, -0.1}, {}},
                new long[] {0, 5});

        assertThat(EngineState.fromJson(state.toJson()))
                .usingRecursiveComparison()
                .isEqualTo(state);
    }

    @Test
    void ofVersionsWhoseOwnersWereFixedIsRead() {
        EngineState state = EngineState.fromJson(
                """
                {"step":3,"ranks":2,"updates":{"dense":3},"owners":[[0,1]],"loadHistory":[[[5,6]]],"skippedInRow":0}""");

        assertThat(state.owners()).isDeepEqualTo(new int[][] {{0, 1}});
        assertThat(state.ownerLoads()).isNull();
        assertThat(state.ownerSteps()).isZero();
        assertThat(state.copies()).isNull();
        assertThat(state.gates()).isNull();
        assertThat(state.phaseUpdates()).isNull();
    }
}
