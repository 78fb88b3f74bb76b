package io.witan.runtime.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.fssdp.LowRankLayout;
import io.witan.runtime.moe.LowRankExperts;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.gate.TaskGate;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Blocks against their definition in double: value, and gradients by finite differences. */
class RaggedBlocksTest {
    private static final int D = 6;
    private static final int F = 5;
    private static final int HEADS = 2;
    private static final int RANK = 2;
    private static final double SCALE = 1.5;
    private static final int[] TASKS = {1, 0, 2, 1};
    private static final Ragged ROWS = Ragged.ofLengths(3, 0, 1, 4);
    private static final int T = ROWS.rows();

    private static Doubles norm(Doubles doubles, String name) {
        return doubles.parameter(name + ".gain", D).parameter(name + ".bias", D);
    }

    private static NormLayer norm(Kernels kernels, TrainingState state, String name) {
        return new NormLayer(
                kernels.layerNorm(), state.parameter(name + ".gain"), state.parameter(name + ".bias"), D, (float)
                        Definitions.EPSILON);
    }

    private static double[] normed(Doubles doubles, String name, double[] x) {
        return Definitions.layerNorm(x, doubles.get(name + ".gain"), doubles.get(name + ".bias"));
    }

    private static RaggedSelfAttention attention(Kernels kernels, TrainingState state, Reach reach) {
        return new RaggedSelfAttention(
                kernels,
                new AttentionLayer.Projections(state.parameter("qkv"), null, state.parameter("out"), null),
                D,
                HEADS,
                reach);
    }

    private static double[] attended(Doubles doubles, double[] x, boolean causal) {
        double[] qkv = Definitions.linear(x, doubles.get("qkv"), null, D);
        double[] mixed = Definitions.attention(
                Definitions.channels(qkv, 3 * D, 0, D),
                Definitions.channels(qkv, 3 * D, D, D),
                Definitions.channels(qkv, 3 * D, 2 * D, D),
                ROWS,
                ROWS,
                D,
                HEADS,
                causal);
        return Definitions.linear(mixed, doubles.get("out"), null, D);
    }

    private static FeedForwardLayer feedForward(Kernels kernels, TrainingState state) {
        return new FeedForwardLayer(
                kernels, new FeedForwardLayer.Matrices(state.parameter("w1"), null, state.parameter("w2"), null), D, F);
    }

    private static double[] passed(Doubles doubles, double[] x) {
        return Definitions.feedForward(x, doubles.get("w1"), null, doubles.get("w2"), null, D);
    }

    private static Doubles dense() {
        Doubles doubles = new Doubles()
                .parameter("qkv", 3 * D * D)
                .parameter("out", D * D)
                .parameter("w1", F * D)
                .parameter("w2", D * F)
                .input("x", T * D)
                .input("pull", T * D);
        return norm(norm(doubles, "norm1"), "norm2");
    }

    @Test
    void denseBlock() {
        Doubles doubles = dense();
        Supplier<double[]> output = () -> {
            double[] x = doubles.get("x");
            double[] middle = Definitions.sum(x, attended(doubles, normed(doubles, "norm1", x), false));
            return Definitions.sum(middle, passed(doubles, normed(doubles, "norm2", middle)));
        };
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            Kernels kernels = runtime.kernels();
            DenseBlock block = new DenseBlock(
                    norm(kernels, state, "norm1"),
                    attention(kernels, state, Reach.FULL),
                    norm(kernels, state, "norm2"),
                    feedForward(kernels, state),
                    D);
            assertThat(block.matrices()).hasSize(4);
            MemorySegment x = doubles.put("x", arena);
            Doubles.assertClose(
                    "evaluated", block.forward(x, ROWS, Pass.EVALUATE, arena).output(), output.get());
            DenseBlock.Forward forward = block.forward(x, ROWS, Pass.TRAIN, arena);
            Doubles.assertClose("out", forward.output(), output.get());
            MemorySegment d = doubles.put("pull", arena);
            block.backward(forward, d, ROWS, arena);
            doubles.assertSlopes("x", d, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
        });
    }

    @Test
    void crossBlock() {
        Ragged read = Ragged.ofLengths(2, 3, 5, 1);
        Doubles doubles = norm(dense(), "norm3")
                .parameter("query", D * D)
                .parameter("kv", 2 * D * D)
                .parameter("cross_out", D * D)
                .input("memory", read.rows() * D);
        Supplier<double[]> output = () -> {
            double[] x = doubles.get("x");
            double[] first = Definitions.sum(x, attended(doubles, normed(doubles, "norm1", x), true));
            double[] q = Definitions.linear(normed(doubles, "norm2", first), doubles.get("query"), null, D);
            double[] kv = Definitions.linear(doubles.get("memory"), doubles.get("kv"), null, D);
            double[] mixed = Definitions.attention(
                    q,
                    Definitions.channels(kv, 2 * D, 0, D),
                    Definitions.channels(kv, 2 * D, D, D),
                    ROWS,
                    read,
                    D,
                    HEADS,
                    false);
            double[] second = Definitions.sum(first, Definitions.linear(mixed, doubles.get("cross_out"), null, D));
            return Definitions.sum(second, passed(doubles, normed(doubles, "norm3", second)));
        };
        doubles.check((runtime, state) -> {
            StepArena arena = runtime.arena();
            Kernels kernels = runtime.kernels();
            CrossAttention cross = new CrossAttention(
                    kernels,
                    new CrossAttention.Projections(
                            state.parameter("query"),
                            null,
                            state.parameter("kv"),
                            null,
                            state.parameter("cross_out"),
                            null),
                    D,
                    HEADS);
            CrossBlock block = new CrossBlock(
                    new CrossBlock.Parts(
                            norm(kernels, state, "norm1"),
                            attention(kernels, state, Reach.CAUSAL),
                            norm(kernels, state, "norm2"),
                            cross,
                            norm(kernels, state, "norm3"),
                            feedForward(kernels, state)),
                    D);
            assertThat(block.matrices()).hasSize(7);
            MemorySegment x = doubles.put("x", arena);
            CrossAttention.Memory memory = new CrossAttention.Memory(doubles.put("memory", arena), read);
            CrossBlock.Forward forward = block.forward(x, memory, ROWS, Pass.TRAIN, arena);
            Doubles.assertClose("out", forward.output(), output.get());
            MemorySegment d = doubles.put("pull", arena);
            MemorySegment dMemory = arena.floats((long) read.rows() * D);
            dMemory.fill((byte) 0);
            block.backward(forward, d, dMemory, ROWS, arena);
            doubles.assertSlopes("x", d, output, "pull");
            doubles.assertSlopes("memory", dMemory, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
        });
    }

    /** With low-rank adapters as experts and the task of a sequence as the gate; some expert has no token. */
    @Test
    void encoderBlockWithAdaptersByTask() {
        Doubles doubles = norm(
                norm(
                        new Doubles()
                                .parameter("qkv", 3 * D * D)
                                .parameter("out", D * D)
                                .input("x", T * D)
                                .input("pull", T * D),
                        "norm1"),
                "norm2");
        for (int e = 0; e < 4; e++) {
            doubles.input("expert" + e, 2 * RANK * D);
        }
        Supplier<double[]> output = () -> {
            double[] x = doubles.get("x");
            double[] middle = Definitions.sum(x, attended(doubles, normed(doubles, "norm1", x), false));
            return Definitions.sum(middle, adapted(doubles, normed(doubles, "norm2", middle)));
        };
        Ranks.run(Topology.of(1), runtime -> {
            checkEncoder(runtime, doubles, output);
            return null;
        });
    }

    private static double[] adapted(Doubles doubles, double[] x) {
        double[] y = new double[x.length];
        for (int t = 0; t < T; t++) {
            double[] chunk = doubles.get("expert" + TASKS[ROWS.sequenceOf(t)]);
            for (int r = 0; r < RANK; r++) {
                double h = 0;
                for (int i = 0; i < D; i++) {
                    h += SCALE * chunk[r * D + i] * x[t * D + i];
                }
                for (int i = 0; i < D; i++) {
                    y[t * D + i] += h * chunk[RANK * D + i * RANK + r];
                }
            }
        }
        return y;
    }

    private static void checkEncoder(RankRuntime runtime, Doubles doubles, Supplier<double[]> output) {
        LowRankLayout layout = new LowRankLayout(D, RANK);
        List<ParameterSpec> declared = doubles.declare();
        for (int e = 0; e < 4; e++) {
            declared.addAll(layout.declare("expert" + e, 0, e, 1, 1));
        }
        int[][] owners = {{0, 0, 0, 0}};
        StepArena arena = runtime.arena();
        Kernels kernels = runtime.kernels();
        try (TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, layout, 0);
            LayerExperts experts = new LayerExperts(0, layout, owners[0], state, buffers, runtime.parameters());
            doubles.load(state);
            for (int e = 0; e < 4; e++) {
                Doubles.fill(state.expert(0, e).slot(state.activeSlot()).parameter(), doubles.get("expert" + e));
            }
            MoeConfig config = new MoeConfig(D, RANK, 4, 1, Activation.GELU, Weights.PROBABILITY, 0, 0);
            MoeLayer moe = new MoeLayer(
                    runtime,
                    config,
                    experts,
                    LayerParts.with(runtime, config, new TaskGate(kernels.vector(), 4, D))
                            .withExperts(new LowRankExperts(kernels, layout, SCALE)));
            EncoderBlock block = new EncoderBlock(
                    norm(kernels, state, "norm1"),
                    attention(kernels, state, Reach.FULL),
                    norm(kernels, state, "norm2"),
                    moe,
                    D,
                    Timeline.OFF);
            StepContext context = new StepContext(1, 0, 1, T, 0, 1).withTasks(new TokenTasks(TASKS, ROWS));
            experts.begin(HierarchicalTransferPlanner.plan(
                    runtime.topology(), experts.owners(), experts.owners(), new long[4]));
            EncoderBlock.Forward forward = block.forward(doubles.put("x", arena), ROWS, Pass.TRAIN, context, arena);
            Doubles.assertClose("out", forward.output(), output.get());
            assertThat(moe.statistics().expertLoad()).containsExactly(0, 7, 1, 0);
            MemorySegment d = doubles.put("pull", arena);
            EncoderBlock.Backward half = block.backwardMoe(forward, d, context, arena);
            block.backwardAttention(half, d, ROWS, context, arena);
            experts.awaitReduced();
            doubles.assertSlopes("x", d, output, "pull");
            doubles.assertParameterSlopes(state, output, "pull");
            for (int e = 0; e < 4; e++) {
                doubles.assertSlopes("expert" + e, experts.gradient(e), output, "pull");
            }
        }
    }
}
