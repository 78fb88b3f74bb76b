package io.witan.scheduler.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two ranks on one node, times of tasks worked out by hand: 1 GB/s and 1 Gflop/s make bytes and operations nanoseconds. */
final class IterationGraphTest {
    private static final long START_UP = 7;
    private static final Topology TOPOLOGY = Topology.of(2);
    private static final ClusterModel CLUSTER =
            new ClusterModel(TOPOLOGY, new LinkSpeed(1_000_000_000L, 1_000_000_000L), 1e9, 1e9, START_UP, 0);
    /** An expert has 2 x 3 x 2 = 12 parameters; a row has 2 x 2 = 4 bytes. */
    private static final ModelShape MODEL = new ModelShape(1, 2, 3, 2, 1, 2, 1, 4, 10, 1, 2, ModelShape.Recompute.NONE);

    private static final long EXPERT = 24;
    private static final long ROW = 4;
    /** 10 tokens x (8 x 2 x 2 + 4 x 4 x 2). */
    private static final long ATTENTION = 10 * (32 + 32);
    /** Ring over two ranks: 2 x (4 x 4 + 2 x 2) parameters x 2 bytes x 1 / 2. */
    private static final long DENSE = 2 * 20 * 2 / 2;

    private static final DispatchTotals UNEVEN = new DispatchTotals(
            new long[] {14, 6}, new long[] {6, 2}, new long[] {2, 6}, new long[] {0}, new long[] {0});

    private static final Volume NONE = Volume.none(TOPOLOGY);

    private static Volume into(long first, long second) {
        return new Volume(new double[] {first, second}, new double[] {0});
    }

    private static long ns(TrainingSystem system, LayerWork... layers) {
        ModelShape model = new ModelShape(layers.length, 2, 3, 2, 1, 2, 1, 4, 10, 1, 2, ModelShape.Recompute.NONE);
        return IterationGraph.run(CLUSTER, model, system, List.of(layers)).ns();
    }

    private static final TrainingSystem OVERLAPPED = TrainingSystem.overlapped("o", new ExpertParallelPolicy(), 1);
    private static final TrainingSystem BLOCKING = TrainingSystem.blocking("b", new ExpertParallelPolicy(), 1);
    private static final LayerWork PLAIN = new LayerWork(UNEVEN, NONE, NONE, NONE, true);

    /** 4 exchanges of the busiest link, 3 forwards of the busiest rank, 3 attentions. */
    private static long tokens() {
        return 4 * (START_UP + 6 * ROW) + 3 * 14 * EXPERT + 3 * ATTENTION;
    }

    @Test
    void aLayerWithoutCopiesIsFourExchangesThreeForwardsAndAttention() {
        assertThat(ns(OVERLAPPED, PLAIN)).isEqualTo(tokens() + DENSE);
    }

    @Test
    void denseGradientsOfALayerHideBehindTheLayersBefore() {
        assertThat(ns(OVERLAPPED, PLAIN, PLAIN)).isEqualTo(2 * tokens() + DENSE);
    }

    @Test
    void aGatherThatFitsBehindAttentionCostsNothingAndALongerOneTheRest() {
        long fits = ATTENTION - START_UP;
        assertThat(ns(OVERLAPPED, new LayerWork(UNEVEN, into(fits, 0), NONE, NONE, true)))
                .isEqualTo(tokens() + DENSE);
        // The first exchange's start-up and rows go between its pieces: the gather ends later by the rows.
        long later = ns(OVERLAPPED, new LayerWork(UNEVEN, into(8 * ATTENTION, 0), NONE, NONE, true));
        assertThat(later).isEqualTo(tokens() + DENSE + 7 * ATTENTION + START_UP - START_UP);
    }

    @Test
    void aLateGatherIsAlwaysPaid() {
        assertThat(ns(OVERLAPPED, new LayerWork(UNEVEN, NONE, into(100, 0), NONE, true)))
                .isEqualTo(tokens() + DENSE + START_UP + 100);
    }

    @Test
    void aReductionHidesBehindBackwardAttentionUnlessTheSystemWaitsForIt() {
        LayerWork reduced = new LayerWork(UNEVEN, NONE, NONE, into(100, 0), true);
        assertThat(ns(OVERLAPPED, reduced)).isEqualTo(tokens() + DENSE);
        assertThat(ns(BLOCKING, reduced)).isEqualTo(tokens() + DENSE + START_UP + 100);
    }

    @Test
    void freedCopiesAreSentAgainBehindTheBackwardAttentionOfTheLayerAfter() {
        LayerWork freed = new LayerWork(UNEVEN, into(100, 0), NONE, NONE, false);
        LayerWork kept = new LayerWork(UNEVEN, into(100, 0), NONE, NONE, true);
        long first = ns(OVERLAPPED, freed, PLAIN);
        assertThat(first).as("of layer 0").isEqualTo(ns(OVERLAPPED, kept, PLAIN));
        assertThat(ns(OVERLAPPED, PLAIN, freed))
                .as("of the last layer nothing computes before it")
                .isGreaterThanOrEqualTo(ns(OVERLAPPED, PLAIN, kept));
    }

    @Test
    void whatIsRecomputedRunsForwardOnceMore() {
        ModelShape recomputed = new ModelShape(1, 2, 3, 2, 1, 2, 1, 4, 10, 1, 2, ModelShape.Recompute.LAYER);
        long once = 2 * (START_UP + 6 * ROW) + 14 * EXPERT + ATTENTION;
        assertThat(IterationGraph.run(CLUSTER, recomputed, OVERLAPPED, Collections.nCopies(1, PLAIN))
                        .ns())
                .isEqualTo(tokens() + once + DENSE);
        assertThat(MODEL.expertBytes()).isEqualTo(EXPERT);
    }
}
