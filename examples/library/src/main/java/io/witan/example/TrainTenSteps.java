package io.witan.example;

import io.witan.collectives.CommunicatorGroup;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.TokenEmbedding;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.memory.MemoryMeter;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.LearningRate;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainConfig;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a sparse MoE out of layers of witan-runtime, with data of its own, and trains it for ten steps in this process.
 * The data: sequences that count upwards from a random start, modulo the vocabulary.
 */
public final class TrainTenSteps {
    private static final int VOCABULARY = 32;
    private static final int WIDTH = 32;
    private static final int POSITIONS = 16;
    private static final int ROWS = 8;
    static final MoeConfig MOE = new MoeConfig(
            WIDTH, 64, 4, 2, FeedForwardKernel.Activation.SWIGLU, GateKernel.Weights.RENORMALISED, 0.01, 0.001);

    private TrainTenSteps() {}

    /** Prints the loss of each step. */
    public static void main(String[] args) {
        train(10).forEach(loss -> System.out.printf("loss %.4f%n", loss));
    }

    /** @return the loss of each step */
    public static List<Double> train(int steps) {
        return train(
                steps,
                MOE.expertLayout(),
                (runtime, state) -> LayerParts.plain(runtime, MOE, state.parameter("router")));
    }

    /** What a layer is made of, given the rank and the parameters. */
    interface Parts {
        MoeParts of(RankRuntime runtime, TrainingState state);
    }

    /** The same with other parts in the layer. */
    static List<Double> train(int steps, ExpertLayout layout, Parts layerParts) {
        int[][] owners = {new int[MOE.experts()]};
        List<ParameterSpec> declared = declare(layout);
        List<Double> losses = new ArrayList<>();
        RankRuntime runtime = RankRuntime.open(CommunicatorGroup.solo(), 1, 0);
        TrainingState state = TrainingState.allocate(declared, owners, StateMemory::inPlace, runtime);
        // The runtime closes first: communication ends before the memory goes that it may read.
        try (state;
                runtime) {
            ExpertBuffers buffers = ExpertBuffers.open(runtime, state, layout, 0);
            state.initialize(new NormalInitializer(7));
            LayerExperts experts = new LayerExperts(0, layout, owners[0], state, buffers, runtime.parameters());
            MoeLayer moe = new MoeLayer(runtime, MOE, experts, layerParts.of(runtime, state));
            TrainingLoop.Parts<TokenBatch> parts = new TrainingLoop.Parts<>(
                    runtime,
                    model(runtime, state, moe),
                    new Counting(),
                    config(steps),
                    new ExpertParallelPolicy(),
                    5,
                    new MemoryMeter(runtime, state, buffers));
            new TrainingLoop<>(parts, null, new TrainingLoop.Saving(null, null, 0), new Losses(losses))
                    .run(0, () -> false);
        }
        return losses;
    }

    private static TrainConfig config(int steps) {
        return new TrainConfig(
                steps, 7, ROWS, 1, 0.01, 0, 0, LearningRate.Schedule.CONSTANT, 0.9, 0.95, 1e-8, 0, 1, 1, 0, 0, 0);
    }

    private static List<ParameterSpec> declare(ExpertLayout layout) {
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.matrix("token", VOCABULARY, WIDTH, 0.1));
        specs.add(ParameterSpec.matrix("position", POSITIONS, WIDTH, 0.1));
        specs.add(ParameterSpec.vector("norm1", WIDTH, 1));
        specs.add(ParameterSpec.matrix("qkv", 3 * WIDTH, WIDTH, 0.1));
        specs.add(ParameterSpec.matrix("out", WIDTH, WIDTH, 0.1));
        specs.add(ParameterSpec.vector("norm2", WIDTH, 1));
        specs.add(ParameterSpec.matrix("router", MOE.experts(), WIDTH, 0.1));
        for (int e = 0; e < MOE.experts(); e++) {
            specs.addAll(layout.declare("expert" + e, 0, e, 0.1, 0.1));
        }
        specs.add(ParameterSpec.vector("norm3", WIDTH, 1));
        specs.add(ParameterSpec.matrix("head", VOCABULARY, WIDTH, 0.1));
        return specs;
    }

    private static Decoder model(RankRuntime runtime, TrainingState state, MoeLayer moe) {
        TransformerBlock block = new TransformerBlock(
                norm(runtime, state, "norm1"),
                new AttentionLayer(runtime.kernels(), state.parameter("qkv"), state.parameter("out"), null, WIDTH, 2),
                norm(runtime, state, "norm2"),
                moe,
                new TransformerBlock.Geometry(WIDTH, TransformerBlock.Recompute.NONE));
        return new Decoder(
                runtime,
                state,
                WIDTH,
                new Decoder.Parts(
                        new TokenEmbedding(
                                runtime.kernels(), state.parameter("token"), state.parameter("position"), WIDTH),
                        List.of(block),
                        new LanguageModelHead(
                                runtime.kernels(),
                                norm(runtime, state, "norm3"),
                                state.parameter("head"),
                                WIDTH,
                                VOCABULARY)));
    }

    private static NormLayer norm(RankRuntime runtime, TrainingState state, String gain) {
        return new NormLayer(runtime.kernels().rmsNorm(), state.parameter(gain), null, WIDTH, 1e-5f);
    }

    private record Losses(List<Double> losses) implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            losses.add(result.loss());
        }

        @Override
        public void validated(long step, Evaluator.Result result) {}

        @Override
        public void checkpointed(long step, Path folder) {}
    }

    /** Row r of step s counts upwards from a number that s and r give. */
    private static final class Counting implements TrainingData<TokenBatch> {
        @Override
        public TokenBatch train(long step, int microBatch) {
            int[] inputs = new int[ROWS * POSITIONS];
            int[] targets = new int[ROWS * POSITIONS];
            for (int i = 0; i < inputs.length; i++) {
                int start = (int) ((step * 7 + i / POSITIONS * 5) % VOCABULARY);
                inputs[i] = (start + i % POSITIONS) % VOCABULARY;
                targets[i] = (inputs[i] + 1) % VOCABULARY;
            }
            return new TokenBatch(ROWS, POSITIONS, inputs, targets);
        }

        @Override
        public int validationBatches() {
            return 0;
        }

        @Override
        public TokenBatch validation(int index) {
            throw new IndexOutOfBoundsException(index);
        }

        @Override
        public long validationBytes() {
            return 0;
        }

        @Override
        public int vocabularySize() {
            return VOCABULARY;
        }

        @Override
        public String fingerprint() {
            return "counting";
        }

        @Override
        public String describe() {
            return "sequences that count upwards";
        }
    }
}
