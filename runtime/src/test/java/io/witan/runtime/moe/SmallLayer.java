package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.witan.collectives.Communicator;
import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.runtime.Ranks;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** One pass forward and backward through a small MoE layer on each rank, with parts that a test changes. */
final class SmallLayer {
    static final int D = 8;
    static final int F = 12;
    static final int E = 4;
    static final int TOKENS = 7;
    static final int LAYER = 1;
    static final MoeConfig CONFIG = new MoeConfig(D, F, E, 2, Activation.SWIGLU, Weights.RENORMALISED, 0.1, 0.01);

    private SmallLayer() {}

    /**
     * @param exchanged bytes of both exchanges of forward and both of backward
     * @param crossed of these, bytes to other nodes
     * @param kept bytes of the arena from forward to backward
     * @param added by backward to those
     */
    record Outcome(float[] out, float[] dx, float[] pull, long exchanged, long crossed, long kept, long added) {}

    static List<Outcome> run(int ranks, MoeConfig config, UnaryOperator<MoeParts> change) {
        return run(ranks, config, change, (_, x) -> x);
    }

    /** Changes an element of the input. */
    interface Nudge {
        double of(int i, double x);
    }

    static List<Outcome> run(int ranks, MoeConfig config, UnaryOperator<MoeParts> change, Nudge nudge) {
        return Ranks.run(
                Topology.of(ranks), runtime -> forwardBackward(runtime, config, change, nudge, PipelineDegrees.SERIAL));
    }

    static Outcome forwardBackward(
            RankRuntime runtime,
            MoeConfig config,
            UnaryOperator<MoeParts> change,
            Nudge nudge,
            PipelineDegrees degrees) {
        return forwardBackward(runtime, config, change, nudge, layer -> layer.pipeline(degrees));
    }

    static Outcome forwardBackward(
            RankRuntime runtime,
            MoeConfig config,
            UnaryOperator<MoeParts> change,
            Nudge nudge,
            Consumer<MoeLayer> setUp) {
        List<ParameterSpec> declared = new ArrayList<>(GateParts.declare(config, "router", 1));
        declared.addAll(SharedFeedForward.declare(config, "shared", 0.3, 0.3));
        int[][] owners = new int[LAYER + 1][config.shards()];
        for (int l = 0; l < owners.length; l++) {
            for (int e = 0; e < config.shards(); e++) {
                owners[l][e] = e % runtime.size();
                declared.addAll(config.expertLayout().declare("l" + l + ".e" + e, l, e, 0.3, 0.3));
            }
        }
        try (TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime)) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, config.expertLayout(), config.shards());
            state.initialize(new NormalInitializer(3));
            LayerExperts experts =
                    new LayerExperts(LAYER, config.expertLayout(), owners[LAYER], state, buffers, runtime.parameters());
            GateParts.Given given = new GateParts.Given("router", state::parameter, TOKENS, 1);
            MoeParts parts = LayerParts.configured(runtime, config, given)
                    .withShared(LayerParts.shared(runtime, config, "shared", state::parameter));
            MoeLayer layer = new MoeLayer(runtime, config, experts, change.apply(parts));
            setUp.accept(layer);
            experts.begin(HierarchicalTransferPlanner.plan(
                    runtime.topology(), experts.owners(), experts.owners(), new long[config.shards()]));
            layer.beginMaterialise();
            MemorySegment x = random(runtime, 1);
            for (int i = 0; i < TOKENS * D; i++) {
                x.setAtIndex(JAVA_FLOAT, i, (float) nudge.of(i, x.getAtIndex(JAVA_FLOAT, i)));
            }
            MemorySegment pull = random(runtime, 2);
            MemorySegment out = runtime.arena().floats((long) TOKENS * D);
            out.fill((byte) 0);
            StepContext context =
                    new StepContext(1, (long) runtime.rank() * TOKENS, 1, (long) runtime.size() * TOKENS, 0, 1);
            Communicator.Traffic before = runtime.tokens().traffic();
            Communicator.Traffic beforeInNode = runtime.inNode().traffic();
            long bottom = used(runtime);
            MoeLayer.Saved saved = layer.forward(x, out, TOKENS, Pass.TRAIN, context, runtime.arena());
            long top = used(runtime);
            MemorySegment dx = layer.backward(saved, pull, context, runtime.arena());
            Communicator.Traffic after = runtime.tokens().traffic();
            Communicator.Traffic afterInNode = runtime.inNode().traffic();
            experts.beginReduce();
            experts.awaitReduced();
            return new Outcome(
                    out.toArray(JAVA_FLOAT),
                    dx.toArray(JAVA_FLOAT),
                    pull.toArray(JAVA_FLOAT),
                    after.allToAllBytes()
                            - before.allToAllBytes()
                            + afterInNode.allToAllBytes()
                            - beforeInNode.allToAllBytes(),
                    after.betweenNodesBytes()
                            - before.betweenNodesBytes()
                            + afterInNode.betweenNodesBytes()
                            - beforeInNode.betweenNodesBytes(),
                    top - bottom,
                    used(runtime) - top);
        }
    }

    /** What a layer on one rank says of parts that are wrong; null: nothing. */
    static Throwable failure(MoeConfig config, UnaryOperator<MoeParts> change) {
        Throwable thrown = catchThrowable(() -> run(1, config, change));
        while (thrown != null && !(thrown instanceof MoeLayerException)) {
            thrown = thrown.getCause();
        }
        return thrown;
    }

    /** Of the arena's first block. */
    private static long used(RankRuntime runtime) {
        long top = runtime.arena().mark().host();
        assertThat(top).isLessThan(1 << 20);
        return top;
    }

    static MemorySegment random(RankRuntime runtime, int seed) {
        SplittableRandom random = new SplittableRandom(seed * 10L + runtime.rank());
        MemorySegment values = runtime.arena().floats((long) TOKENS * D);
        for (int i = 0; i < TOKENS * D; i++) {
            values.setAtIndex(JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
        }
        return values;
    }
}
