package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.TrainedRanks.History;

/** The law of same numbers between two runs: losses, gradient norms, routing. */
final class SameHistory {
    private static final double LOSS_PERCENT = 0.01;
    private static final double NORM_PERCENT = 0.1;

    private SameHistory() {}

    /** @param from completed steps before {@code together} went on */
    static void assertSame(History together, History alone, int from) {
        int steps = alone.losses().size();
        assertThat(together.steps()).hasSize(steps - from);
        for (int i = from; i < steps; i++) {
            assertThat(together.losses().get(i - from))
                    .as("loss of step %d", i + 1)
                    .isCloseTo(alone.losses().get(i), withinPercentage(LOSS_PERCENT));
            assertThat(together.norms().get(i - from))
                    .as("gradient norm of step %d", i + 1)
                    .isCloseTo(alone.norms().get(i), withinPercentage(NORM_PERCENT));
            assertSameLoad(
                    together.steps().get(i - from).expertLoad(),
                    alone.steps().get(i).expertLoad(),
                    i + 1);
        }
    }

    /** Bytes of experts that were copied to ranks that do not own them. */
    static long copiedBytes(History history) {
        return history.steps().stream()
                .mapToLong(step -> step.traffic().sparseAllGatherBytes())
                .sum();
    }

    /**
     * Each shard has the load of its expert.
     *
     * @param together by layer, of experts or of as many shards of each
     * @param alone by layer, of experts
     */
    static void assertSameLoad(long[][] together, long[][] alone, int step) {
        assertThat(together.length).isEqualTo(alone.length);
        for (int l = 0; l < alone.length; l++) {
            int sharding = together[l].length / alone[l].length;
            long[] expected = new long[alone[l].length * sharding];
            for (int shard = 0; shard < expected.length; shard++) {
                expected[shard] = alone[l][shard / sharding];
            }
            assertThat(together[l])
                    .as("routing of step %d in layer %d", step, l)
                    .isEqualTo(expected);
        }
    }
}
