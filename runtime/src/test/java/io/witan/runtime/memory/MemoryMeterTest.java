package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.FeedForwardKernel;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.fssdp.FeedForwardLayout;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.state.VaultMemory;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryMeterTest {
    private static final int D = 32;
    private static final int F = 48;
    private static final int DENSE_BYTES = 10 * D * Float.BYTES;
    private static final ExpertLayout LAYOUT = new FeedForwardLayout(D, F, FeedForwardKernel.Activation.SWIGLU);
    /** Rank 0 has two experts, rank 1 one. */
    private static final int[][] OWNERS = {{0, 0, 1}};

    @TempDir
    Path folder;

    private static TrainingState state(RankRuntime runtime, StateMemory.Factory memory) {
        List<ParameterSpec> declared = new ArrayList<>();
        declared.add(ParameterSpec.matrix("dense", 10, D, 1));
        for (int e = 0; e < OWNERS[0].length; e++) {
            declared.addAll(LAYOUT.declare("expert" + e, 0, e, 1, 1));
        }
        return TrainingState.allocate(declared, OWNERS, memory, runtime);
    }

    @Test
    void shouldTellEveryRankOfAllRanks() {
        List<List<MemoryReport>> told = Ranks.run(Topology.of(2), runtime -> {
            try (TrainingState state = state(runtime, StateMemory::inPlace)) {
                ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, 0);
                return new MemoryMeter(runtime, state, buffers).measureAll();
            }
        });

        assertThat(told.get(0))
                .isEqualTo(told.get(1))
                .extracting(MemoryReport::rank)
                .containsExactly(0, 1);
        long chunk = LAYOUT.chunkBytes();
        assertThat(told.get(0))
                .extracting(report -> report.parts().parameters())
                .containsExactly(DENSE_BYTES + 2 * chunk, DENSE_BYTES + chunk);
        assertThat(told.get(0)).allSatisfy(report -> {
            assertThat(report.parts().optimizer()).isEqualTo(2 * report.parts().parameters());
            assertThat(report.parts().gradients()).isEqualTo(DENSE_BYTES);
            assertThat(report.parts().scratch()).isPositive();
            assertThat(report.parts().jvm()).isGreaterThan(20 << 20);
            assertThat(report.resident().bytes()).isGreaterThan(report.parts().jvm());
        });
    }

    /** Rank 1 takes a copy of one expert of rank 0: both need room for its gradient, rank 1 for its parameters. */
    @Test
    void shouldKeepCopiesApartFromGradients() {
        List<List<MemoryReport>> told = Ranks.run(Topology.of(2), runtime -> {
            try (TrainingState state = state(runtime, StateMemory::inPlace)) {
                ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, 0);
                LayerExperts experts = new LayerExperts(0, LAYOUT, OWNERS[0], state, buffers, runtime.parameters());
                Placement wide = Placement.ofOwners(OWNERS[0], 2).with(new int[][] {{1}, {}, {}});
                experts.begin(HierarchicalTransferPlanner.plan(
                        runtime.topology(), experts.owners(), wide, new long[] {1, 1, 1}));
                experts.beginMaterialise();
                experts.awaitMaterialised();
                experts.weightGradients();
                experts.release();
                return new MemoryMeter(runtime, state, buffers).measureAll();
            }
        });

        long chunk = LAYOUT.chunkBytes();
        assertThat(told.get(0))
                .extracting(report -> report.parts().gradients())
                .containsExactly(DENSE_BYTES + 2 * chunk, DENSE_BYTES + 2 * chunk);
        assertThat(told.get(0))
                .extracting(report -> report.parts().parameters())
                .containsExactly(DENSE_BYTES + 2 * chunk, DENSE_BYTES + 2 * chunk);
        assertThat(told.get(0))
                .extracting(MemoryReport::copies)
                .containsExactly(new CopyMemory(0, 0, 0), new CopyMemory(chunk, chunk, 2 * chunk));
    }

    @Test
    void shouldCountBothSlotsOfAVault() {
        MemoryParts parts = Ranks.run(Topology.of(1), runtime -> {
                    try (TrainingState state =
                            state(runtime, (regions, exchange) -> VaultMemory.create(folder, 0, regions, exchange))) {
                        ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, 0);
                        return new MemoryMeter(runtime, state, buffers)
                                .measure()
                                .parts();
                    }
                })
                .getFirst();

        assertThat(parts.parameters()).isEqualTo(2 * (DENSE_BYTES + 2 * LAYOUT.chunkBytes()));
        assertThat(parts.optimizer()).isEqualTo(2 * parts.parameters());
        assertThat(parts.transport()).as("nobody to talk to").isZero();
    }
}
