package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.witan.models.CopyPolicy.After;
import io.witan.models.CopyPolicy.Before;
import io.witan.models.CopyPolicy.Keeping;
import io.witan.models.TrainedRanks.Share;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Copies that stay, that come twice, and that come after the gate: the same training, in the memory that each may take. */
class MaterialisationIT {
    private static final double LOSS_PERCENT = 0.01;
    private static final long PLENTY = 64L << 20;
    private static final int LAYERS = 4;
    private static final int EXPERTS = 6;
    private static final int STEPS = 5;
    private static final long CHUNK_BYTES = 4 * 3 * 32 * 48;
    private static final String[] ONE_BATCH = {};
    private static final String[] HARD = {"train.accumulation=2", "model.recompute=block"};

    private static Recipe recipe(String... settings) {
        String[] base = {"model.layers=" + LAYERS, "train.steps=" + STEPS, "train.eval_interval=0", "model.aux_loss=0"};
        return SameNumbersTest.recipe(
                Stream.concat(Stream.of(base), Stream.of(settings)).toArray(String[]::new));
    }

    static Stream<Arguments> arrangements() {
        return Stream.of(
                Arguments.of(Topology.of(1), HARD),
                Arguments.of(Topology.of(2), ONE_BATCH),
                Arguments.of(Topology.of(2), HARD),
                Arguments.of(Topology.of(4), ONE_BATCH),
                Arguments.of(Topology.of(1, 2), new String[] {"model.recompute=block"}),
                Arguments.of(Topology.of(2, 2), new String[] {"train.accumulation=2"}));
    }

    @ParameterizedTest
    @MethodSource("arrangements")
    void shouldTrainTheSameBitsWhetherCopiesStayOrComeAgain(Topology topology, String[] settings) throws IOException {
        Recipe recipe = recipe(settings);
        for (After after : After.values()) {
            List<Share> kept =
                    TrainedRanks.trainBy(new CopyPolicy(Before.TWO_EXPERTS, after, Keeping.ALL), recipe, topology);
            List<Share> alone =
                    TrainedRanks.trainBy(new CopyPolicy(Before.NOTHING, after, Keeping.ALL), recipe, Topology.of(1));
            assertClose(kept, alone);
            for (Keeping keeping : List.of(Keeping.NONE, Keeping.EVEN)) {
                CopyPolicy policy = new CopyPolicy(Before.TWO_EXPERTS, after, keeping);
                assertSameBits(TrainedRanks.trainBy(policy, recipe, topology), kept);
                assertSameBits(TrainedRanks.trainOnNodesBy(policy, recipe, topology, PLENTY), kept);
            }
        }
    }

    /** One of the ranks has no row. */
    @ParameterizedTest
    @EnumSource
    void shouldTrainWithEverythingEverywhereAndRanksWithoutRows(Keeping keeping) {
        Recipe recipe = recipe("train.global_batch=2", "train.steps=3");
        CopyPolicy policy = new CopyPolicy(Before.EVERYTHING, After.HOTTEST, keeping);
        List<Share> together = TrainedRanks.trainBy(policy, recipe, Topology.of(3));

        assertClose(together, TrainedRanks.trainBy(policy, recipe, Topology.of(1)));
        assertThat(together.getFirst().history().steps())
                .allSatisfy(step -> assertThat(step.traffic().allToAllBytes()).isZero());
    }

    /** Of a released layer at most one's copies are there at a time, and gradients of at most two layers' copies. */
    @ParameterizedTest
    @CsvSource({"2, 0", "3, 4"})
    void shouldTakeTheMemoryOfOneReleasedLayer(int ranks, int savedChunks) {
        List<Share> kept = train(ranks, Keeping.ALL, ONE_BATCH);
        List<Share> released = train(ranks, Keeping.NONE, ONE_BATCH);
        List<Share> mixed = train(ranks, Keeping.EVEN, ONE_BATCH);
        List<Share> accumulated = train(ranks, Keeping.NONE, HARD);

        long layer = copiesOfALayer(ranks);
        assertThat(copies(kept)).allMatch(copies -> copies.parameterBytes() == LAYERS * layer);
        assertThat(copies(released)).allMatch(copies -> copies.parameterBytes() == layer);
        assertThat(copies(mixed)).allMatch(copies -> copies.parameterBytes() == (LAYERS / 2 + 1) * layer);
        for (List<Share> shares : List.of(kept, released, mixed)) {
            assertThat(copies(shares)).allMatch(copies -> copies.gradientBytes() == 2 * layer);
        }
        assertThat(copies(accumulated))
                .as("gradients that grow over micro-batches stay")
                .allMatch(copies -> copies.parameterBytes() == layer)
                .allMatch(copies -> copies.gradientBytes() == LAYERS * layer);
        assertThat(copies(released)).allMatch(copies -> copies.bytes() == 3 * layer);
        // Copies c and owned experts o of a layer, in buffers: kept 5c + 2o, as gradients come to lie where copies
        // were;
        // released 3c + 4o.
        for (int rank = 0; rank < ranks; rank++) {
            assertThat(buffers(kept, rank) - buffers(released, rank))
                    .as("rank %d", rank)
                    .isEqualTo(savedChunks * CHUNK_BYTES);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldCountNoMemoryForCopiesThatAreReadInPlace(Keeping keeping) throws IOException {
        CopyPolicy policy = new CopyPolicy(Before.EVERYTHING, After.NOTHING, keeping);
        List<Share> shares = TrainedRanks.trainOnNodesBy(policy, recipe(), Topology.of(2), PLENTY);

        assertThat(copies(shares)).allMatch(copies -> copies.parameterBytes() == 0);
        assertThat(copies(shares)).allMatch(copies -> copies.gradientBytes() == 2 * copiesOfALayer(2));
    }

    @ParameterizedTest
    @EnumSource
    void shouldTellWhatWasAddedAfterTheGate(Keeping keeping) {
        Recipe recipe = recipe("train.accumulation=2");
        CopyPolicy policy = new CopyPolicy(Before.NOTHING, After.HOTTEST, keeping);
        List<Share> shares = TrainedRanks.trainBy(policy, recipe, Topology.of(2));

        for (Share share : shares) {
            for (StepResult step : share.history().steps()) {
                assertThat(step.placements())
                        .hasSize(LAYERS)
                        .extracting(Placement::copyCount)
                        .as("one a micro-batch")
                        .containsOnly(2);
            }
        }
        long gathered = shares.getFirst().history().steps().getLast().traffic().sparseAllGatherBytes();
        long once = 2L * LAYERS * CHUNK_BYTES;
        // A layer that gives up its copies gets the first one again for the first backward and for the second forward,
        // and
        // both for the second backward: 4. The last layer's backward follows its forward, so it gets the first one
        // again: 1.
        long again =
                switch (keeping) {
                    case ALL -> 0;
                    case NONE -> 3 * 4 + 1;
                    case EVEN -> 4 + 1;
                };
        assertThat(gathered).isEqualTo(once + again * CHUNK_BYTES);
    }

    private static List<Share> train(int ranks, Keeping keeping, String[] settings) {
        CopyPolicy policy = new CopyPolicy(Before.EVERYTHING, After.NOTHING, keeping);
        return TrainedRanks.trainBy(policy, recipe(settings), Topology.of(ranks));
    }

    private static long copiesOfALayer(int ranks) {
        return (EXPERTS - EXPERTS / ranks) * CHUNK_BYTES;
    }

    private static List<CopyMemory> copies(List<Share> shares) {
        return shares.getFirst().history().steps().getLast().copies();
    }

    private static long buffers(List<Share> shares, int rank) {
        return shares.get(rank).memory().parts().parameters()
                + shares.get(rank).memory().parts().gradients();
    }

    private static void assertSameBits(List<Share> actual, List<Share> expected) {
        for (int rank = 0; rank < actual.size(); rank++) {
            assertThat(actual.get(rank).history().losses())
                    .isEqualTo(expected.get(rank).history().losses());
            assertThat(actual.get(rank).history().norms())
                    .isEqualTo(expected.get(rank).history().norms());
        }
    }

    private static void assertClose(List<Share> actual, List<Share> expected) {
        List<Double> own = actual.getFirst().history().losses();
        List<Double> others = expected.getFirst().history().losses();
        assertThat(own).hasSize(others.size());
        for (int i = 0; i < own.size(); i++) {
            assertThat(own.get(i)).isCloseTo(others.get(i), withinPercentage(LOSS_PERCENT));
        }
    }
}
