package io.witan.runtime.profile;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Work of known length, and real collectives. */
class CostProfilerTest {
    private static final ExpertLayout LAYOUT = new FeedForwardLayout(64, 96, Activation.SWIGLU);
    private static final int ASSIGNMENTS = WaitingWork.ASSIGNMENTS;
    private static final long MILLISECOND = WaitingWork.MILLISECOND;

    @ParameterizedTest
    @CsvSource({"1, 0, 0", "2, 0, 0", "1, 1, 0", "2, 2, 4194304", "3, 0, 4194304"})
    void shouldAgreeOnTheSlowestRank(int first, int second, long sharedBytes) throws IOException {
        Topology topology = second == 0 ? Topology.of(first) : Topology.of(first, second);
        List<MeasuredCosts> costs = sharedBytes == 0
                ? Ranks.run(topology, CostProfilerTest::measure)
                : Ranks.runOnNodes(topology, sharedBytes, CostProfilerTest::measure);

        assertThat(costs).containsOnly(costs.getFirst());
        MeasuredCosts found = costs.getFirst();
        long slowest = topology.rankCount() * 2 * MILLISECOND;
        assertThat(found.attentionForwardNs()).isBetween(slowest, 20 * slowest);
        assertThat(found.forwardPsPerAssignment())
                .isBetween(900 * MILLISECOND / ASSIGNMENTS, 20_000 * MILLISECOND / ASSIGNMENTS);
        if (topology.rankCount() == 1) {
            assertThat(found.intraNodeBytesPerSecond()).isEqualTo(1_000_000_000_000L);
        } else {
            assertThat(found.intraNodeBytesPerSecond()).isBetween(100_000L, 1_000_000_000_000L);
            assertThat(found.interNodeBytesPerSecond()).isBetween(100_000L, 1_000_000_000_000L);
            assertThat(found.startUpNs()).isLessThan(5_000 * MILLISECOND);
        }
        if (topology.nodeCount() == 1 || topology.rankCount() == topology.nodeCount()) {
            assertThat(found.interNodeBytesPerSecond()).isEqualTo(found.intraNodeBytesPerSecond());
        }
    }

    private static MeasuredCosts measure(RankRuntime runtime) {
        int[] owner = new int[12];
        List<ParameterSpec> declared = new ArrayList<>();
        for (int e = 0; e < owner.length; e++) {
            owner[e] = e * runtime.size() / owner.length;
            declared.addAll(LAYOUT.declare("e" + e, 0, e, 1, 1));
        }
        try (TrainingState state =
                TrainingState.allocate(declared, new int[][] {owner}, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, 4);
            LayerExperts layer = new LayerExperts(0, LAYOUT, owner, state, buffers, runtime.parameters());
            MeasuredCosts costs =
                    new CostProfiler(runtime, new WaitingWork(runtime.rank()), layer, LAYOUT.chunkBytes()).measure();
            assertThat(layer.placement()).isEqualTo(layer.owners());
            runtime.tokens().barrier().await();
            return costs;
        }
    }
}
