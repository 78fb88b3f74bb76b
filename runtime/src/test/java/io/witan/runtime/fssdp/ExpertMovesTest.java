package io.witan.runtime.fssdp;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.ExchangeMemory;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.state.VaultMemory;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.OwnerMove;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Experts arrive whole at their new owners, others stay as they are, and exactly the planned bytes move. */
class ExpertMovesTest {
    private static final ExpertLayout LAYOUT = new FeedForwardLayout(8, 80, Activation.SWIGLU);
    private static final int EXPERTS = 4;
    /** One after the other: swaps, whole layers to one rank, a circle, nothing, and back. */
    private static final int[][][] OWNERS = {
        {{0, 0, 1, 2}, {1, 1, 2, 0}},
        {{1, 0, 0, 2}, {1, 1, 2, 0}},
        {{0, 0, 0, 1}, {1, 1, 2, 2}},
        {{1, 1, 1, 2}, {2, 0, 0, 0}},
        {{1, 1, 1, 2}, {2, 0, 0, 0}},
        {{0, 0, 1, 2}, {1, 1, 2, 0}}
    };

    @TempDir
    Path folder;

    private static float value(int layer, int expert, int part) {
        return 100 * layer + 10 * expert + part + 1;
    }

    private static long updates(int layer, int expert) {
        return 7L * layer + expert;
    }

    private static List<ParameterSpec> declare() {
        List<ParameterSpec> declared = new ArrayList<>();
        declared.add(ParameterSpec.vector("dense", 5, 3));
        for (int layer = 0; layer < OWNERS[0].length; layer++) {
            for (int e = 0; e < EXPERTS; e++) {
                declared.addAll(LAYOUT.declare("layer" + layer + "e" + e, layer, e, 1, 1));
            }
        }
        return declared;
    }

    @Test
    void arriveInMemoryThatIsUpdatedInPlace() {
        Ranks.run(Topology.of(3), runtime -> move(runtime, StateMemory::inPlace));
    }

    @Test
    void arriveInVaultsWhosePagesPeersRead() throws IOException {
        Ranks.runOnNodes(
                Topology.of(3),
                16L << 20,
                runtime -> move(
                        runtime, (regions, exchange) -> VaultMemory.create(folder, runtime.rank(), regions, exchange)));
    }

    @Test
    void arriveOnOtherNodes() throws IOException {
        Ranks.runOnNodes(Topology.of(1, 2), 0, runtime -> move(runtime, StateMemory::inPlace));
    }

    private static Void move(RankRuntime runtime, StateMemory.Factory memory) {
        try (TrainingState state = TrainingState.allocate(declare(), OWNERS[0], memory, runtime)) {
            fill(state);
            ExpertMoves moves = new ExpertMoves(runtime, state);
            for (int change = 1; change < OWNERS.length; change++) {
                long before = runtime.parameters().traffic().sparseAllGatherBytes();
                long held = held(runtime.exchange());
                List<OwnerMove> made = moves.run(OWNERS[change], ExpertMovesTest::updates);

                assertThat(made).containsExactlyInAnyOrderElementsOf(differences(OWNERS[change - 1], OWNERS[change]));
                long come = made.stream().filter(m -> m.to() == runtime.rank()).count();
                assertThat(runtime.parameters().traffic().sparseAllGatherBytes() - before)
                        .isEqualTo(3 * come * LAYOUT.chunkBytes());
                assertThat(held(runtime.exchange())).as("room after the moves").isEqualTo(held);
                check(state, OWNERS[change], runtime.rank());
            }
            runtime.tokens().barrier().await();
        }
        return null;
    }

    private static long held(ExchangeMemory exchange) {
        return exchange.privateBytes() + exchange.sharedBytes();
    }

    private static void fill(TrainingState state) {
        for (StateEntry entry : state.entries()) {
            ParameterSpec first = entry.tensors().getFirst();
            AdamWKernel.State slot = entry.slot(state.activeSlot());
            MemorySegment[] parts = {slot.parameter(), slot.firstMoment(), slot.secondMoment()};
            for (int part = 0; part < parts.length; part++) {
                for (long i = 0; i < entry.count(); i++) {
                    parts[part].setAtIndex(JAVA_FLOAT, i, i + value(first.layer(), first.expert(), part));
                }
            }
            entry.updates(first.isExpert() ? updates(first.layer(), first.expert()) : 99);
        }
    }

    private static void check(TrainingState state, int[][] owners, int rank) {
        assertThat(state.owners()).isDeepEqualTo(owners);
        int owned = 0;
        for (int l = 0; l < owners.length; l++) {
            for (int e = 0; e < EXPERTS; e++) {
                StateEntry entry = state.expert(l, e);
                assertThat(entry != null).isEqualTo(owners[l][e] == rank);
                if (entry != null) {
                    check(entry, state.activeSlot(), l, e);
                    owned++;
                }
            }
        }
        assertThat(state.expertSlots()).hasNumberOfRows(owned);
        assertThat(state.dense().updates()).isEqualTo(99);
        assertThat(state.dense().slot(state.activeSlot()).parameter().getAtIndex(JAVA_FLOAT, 0))
                .isEqualTo(value(-1, -1, 0));
    }

    private static void check(StateEntry entry, int slot, int layer, int expert) {
        assertThat(entry.key()).isEqualTo(TrainingState.expertKey(layer, expert));
        assertThat(entry.tensors()).allMatch(spec -> spec.layer() == layer && spec.expert() == expert);
        assertThat(entry.updates()).isEqualTo(updates(layer, expert));
        AdamWKernel.State state = entry.slot(slot);
        MemorySegment[] parts = {state.parameter(), state.firstMoment(), state.secondMoment()};
        for (int part = 0; part < parts.length; part++) {
            for (long i = 0; i < entry.count(); i++) {
                assertThat(parts[part].getAtIndex(JAVA_FLOAT, i)).isEqualTo(i + value(layer, expert, part));
            }
        }
    }

    private static List<OwnerMove> differences(int[][] before, int[][] after) {
        List<OwnerMove> moves = new ArrayList<>();
        for (int l = 0; l < before.length; l++) {
            for (int e = 0; e < before[l].length; e++) {
                if (before[l][e] != after[l][e]) {
                    moves.add(new OwnerMove(l, e, before[l][e], after[l][e]));
                }
            }
        }
        return moves;
    }

    /** Kernels with a memory of their own are shown what came, and no more what has gone. */
    @ParameterizedTest
    @EnumSource
    void kernelsSeeWhatIsOwnedNow(ElementFormat format) {
        Ranks.run(Topology.of(3), host -> {
            try (OwnMemoryKernels kernels = new OwnMemoryKernels(host.kernels(), format)) {
                RankRuntime runtime =
                        new RankRuntime(kernels, host.hostKernels(), host.group(), host.arena(), host.exchange());
                return show(runtime);
            }
        });
    }

    private static Void show(RankRuntime runtime) {
        try (TrainingState state = TrainingState.allocate(declare(), OWNERS[0], StateMemory::inPlace, runtime)) {
            fill(state);
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, EXPERTS);
            LayerExperts experts = new LayerExperts(0, LAYOUT, OWNERS[0][0], state, buffers, runtime.parameters());
            ExpertMoves moves = new ExpertMoves(runtime, state);
            for (int[][] owners : OWNERS) {
                moves.run(owners, ExpertMovesTest::updates);
                experts.followOwners();
                experts.awaitMaterialised();
                for (int e = 0; e < EXPERTS; e++) {
                    boolean own = owners[0][e] == runtime.rank();
                    MemorySegment shown = experts.weights()[e];
                    assertThat(shown != null).as("expert %d is shown", e).isEqualTo(own);
                    assertThat(experts.owners().owner(e)).isEqualTo(owners[0][e]);
                    if (own) {
                        assertThat(first(shown)).isEqualTo(value(0, e, 0));
                    }
                }
            }
        }
        return null;
    }

    private static float first(MemorySegment shown) {
        boolean fp32 = shown.byteSize() == LAYOUT.chunkBytes();
        return fp32 ? shown.getAtIndex(JAVA_FLOAT, 0) : Float.intBitsToFloat(shown.get(JAVA_SHORT, 0) << 16);
    }
}
