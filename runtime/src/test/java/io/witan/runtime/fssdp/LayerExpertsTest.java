package io.witan.runtime.fssdp;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What kernels with a memory of their own see of experts, in fp32 and in bf16: always what the owner has now. */
class LayerExpertsTest {
    private static final ExpertLayout LAYOUT = new FeedForwardLayout(3, 4, Activation.SWIGLU);
    private static final int[] OWNERS = {0, 1, 1};
    private static final int STEPS = 3;

    /** Of step s and expert e; bf16 has it exactly. */
    private static float value(int step, int expert) {
        return 16 * step + expert + 1;
    }

    @ParameterizedTest
    @EnumSource
    void kernelsSeeTheNewestWeights(ElementFormat format) {
        List<Integer> prepared = Ranks.run(Topology.of(2), runtime -> {
            try (OwnMemoryKernels kernels = new OwnMemoryKernels(runtime.kernels(), format)) {
                run(
                        new RankRuntime(
                                kernels, runtime.hostKernels(), runtime.group(), runtime.arena(), runtime.exchange()),
                        format);
                return kernels.prepared();
            }
        });
        // Each expert that a rank holds, once a step.
        int each = format == ElementFormat.BF16 ? STEPS : 0;
        assertThat(prepared).containsExactly(2 * each, 3 * each);
    }

    @Test
    void gradientsOfOneLayerAtATimeTakeRoomWhereKernelsWrite() {
        List<Long> held = Ranks.run(Topology.of(1), runtime -> {
            try (OwnMemoryKernels kernels = new OwnMemoryKernels(runtime.kernels(), ElementFormat.BF16)) {
                return backwardOfTwoLayers(new RankRuntime(
                        kernels, runtime.hostKernels(), runtime.group(), runtime.arena(), runtime.exchange()));
            }
        });
        assertThat(held).containsExactly(OWNERS.length * LAYOUT.chunkBytes());
    }

    private static long backwardOfTwoLayers(RankRuntime runtime) {
        int[][] owners = new int[2][OWNERS.length];
        List<ParameterSpec> declared = new ArrayList<>();
        for (int layer = 0; layer < owners.length; layer++) {
            for (int e = 0; e < OWNERS.length; e++) {
                declared.addAll(LAYOUT.declare("layer" + layer + "e" + e, layer, e, 1, 1));
            }
        }
        try (TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, owners.length * OWNERS.length);
            LayerExperts[] layers = new LayerExperts[owners.length];
            for (int layer = 0; layer < layers.length; layer++) {
                layers[layer] = new LayerExperts(layer, LAYOUT, owners[layer], state, buffers, runtime.parameters());
                layers[layer].begin(HierarchicalTransferPlanner.plan(
                        runtime.topology(), layers[layer].owners(), layers[layer].owners(), new long[OWNERS.length]));
                layers[layer].beginMaterialise();
                layers[layer].awaitMaterialised();
            }
            for (LayerExperts layer : List.of(layers).reversed()) {
                layer.takeGradientBeta();
                writeGradients(layer, 0);
                layer.beginReduce();
            }
            for (LayerExperts layer : layers) {
                layer.awaitReduced();
                assertThat(layer.gradient(1).getAtIndex(JAVA_FLOAT, 0)).isEqualTo(value(0, 1));
                layer.release();
            }
            return buffers.kernelExperts().fp32().heldBytes();
        }
    }

    private static void run(RankRuntime runtime, ElementFormat format) {
        List<ParameterSpec> declared = new ArrayList<>();
        for (int e = 0; e < OWNERS.length; e++) {
            declared.addAll(LAYOUT.declare("e" + e, 0, e, 1, 1));
        }
        try (TrainingState state =
                TrainingState.allocate(declared, new int[][] {OWNERS}, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, LAYOUT, OWNERS.length);
            LayerExperts experts = new LayerExperts(0, LAYOUT, OWNERS, state, buffers, runtime.parameters());
            for (int step = 0; step < STEPS; step++) {
                // Copies move on from step to step, so that buffers serve another expert than before: 1, 2, 1 go to
                // rank 0.
                int copied = 1 + step % 2;
                optimize(state, step);
                state.activeStep(step);
                experts.begin(plan(runtime, experts, copied));
                for (int batch = 0; batch < 2; batch++) {
                    experts.beginMaterialise();
                    experts.awaitMaterialised();
                    for (int e = 0; e < OWNERS.length; e++) {
                        boolean held = OWNERS[e] == runtime.rank() || runtime.rank() == 1 || e == copied;
                        check(experts.weights()[e], held, value(step, e), format);
                    }
                }
                experts.takeGradientBeta();
                writeGradients(experts, step);
                long begun = step;
                assertThatThrownBy(() -> experts.begin(plan(runtime, experts, copied)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("step " + begun + " layer 0: begins before step " + begun
                                + " of this layer was released");
                experts.beginReduce();
                experts.awaitReduced();
                checkGradients(runtime, experts, step, copied);
                experts.release();
                evaluate(runtime, experts, step, format);
                // A step that ends before it has moved anything.
                experts.begin(plan(runtime, experts, copied));
                experts.release();
            }
            assertThat(buffers.kernelExperts().fp32().heldBytes())
                    .isLessThanOrEqualTo((OWNERS.length + 1) * LAYOUT.chunkBytes());
        }
    }

    /** An evaluation between steps: owned experts alone, of the step's version, with nothing prepared again. */
    private static void evaluate(RankRuntime runtime, LayerExperts experts, int step, ElementFormat format) {
        experts.beginMaterialise();
        experts.awaitMaterialised();
        for (int e = 0; e < OWNERS.length; e++) {
            check(experts.weights()[e], OWNERS[e] == runtime.rank(), value(step, e), format);
            assertThat(experts.weightGradients()[e]).isNull();
        }
    }

    /** As a backward on this rank does; sums of them are exact. */
    private static void writeGradients(LayerExperts experts, int step) {
        for (int e = 0; e < OWNERS.length; e++) {
            MemorySegment gradient = experts.weightGradients()[e];
            if (gradient != null) {
                for (long i = 0; i < gradient.byteSize() / Float.BYTES; i++) {
                    gradient.setAtIndex(JAVA_FLOAT, i, value(step, e) + i);
                }
            }
        }
    }

    /** Owners have the sum over all that hold the expert. */
    private static void checkGradients(RankRuntime runtime, LayerExperts experts, int step, int copied) {
        for (int e = 0; e < OWNERS.length; e++) {
            if (OWNERS[e] == runtime.rank()) {
                int holders = e == 0 || e == copied ? 2 : 1;
                MemorySegment sum = experts.gradient(e);
                for (long i = 0; i < LAYOUT.chunkBytes() / Float.BYTES; i++) {
                    assertThat(sum.getAtIndex(JAVA_FLOAT, i)).isEqualTo(holders * (value(step, e) + i));
                }
            }
        }
    }

    /** Every owner writes its experts, as an optimizer does. */
    private static void optimize(TrainingState state, int step) {
        for (int e = 0; e < OWNERS.length; e++) {
            if (state.expert(0, e) != null) {
                MemorySegment parameters =
                        state.expert(0, e).slot(state.nextSlot()).parameter();
                for (long i = 0; i < parameters.byteSize() / Float.BYTES; i++) {
                    parameters.setAtIndex(JAVA_FLOAT, i, value(step, e));
                }
            }
        }
        state.flip();
    }

    /** Rank 1 gets a copy of expert 0, rank 0 of one other. */
    private static TransferPlan plan(RankRuntime runtime, LayerExperts experts, int copied) {
        int[][] copies = new int[OWNERS.length][0];
        copies[0] = new int[] {1};
        copies[copied] = new int[] {0};
        Placement wide = experts.owners().with(copies);
        return HierarchicalTransferPlanner.plan(runtime.topology(), experts.owners(), wide, new long[OWNERS.length]);
    }

    private static void check(MemorySegment weights, boolean held, float value, ElementFormat format) {
        if (!held) {
            assertThat(weights).isNull();
            return;
        }
        long count = LAYOUT.chunkBytes() / Float.BYTES;
        assertThat(weights.byteSize()).isEqualTo(format.bytes(count));
        for (long i = 0; i < count; i++) {
            float found = format == ElementFormat.FP32
                    ? weights.getAtIndex(JAVA_FLOAT, i)
                    : Float.intBitsToFloat(weights.getAtIndex(JAVA_SHORT, i) << 16);
            assertThat(found).isEqualTo(value);
        }
    }
}
