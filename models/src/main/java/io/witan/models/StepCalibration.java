package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures one rank's share of a recipe on this machine, alone: a few steps of the model cut to one layer and to two, with the rows and
 * the experts that a rank has. What two layers take more is a layer; the rest is embedding, head, and the optimizer of dense parameters.
 */
public final class StepCalibration {
    private static final int STEPS = 10;
    private static final int COUNTED = 4;
    private static final String ORIGIN = "plan";

    private StepCalibration() {}

    /**
     * What was measured, of a micro-batch.
     *
     * @param baseNs what no layer takes
     * @param attentionNs of a layer, forward and backward: all but experts, by operations
     * @param expertsNs of a layer, forward and backward, with even loads
     * @param scratchBytes of the kernels
     * @param jvmBytes of this process, which is about a rank's
     */
    public record Result(long baseNs, long attentionNs, long expertsNs, long scratchBytes, long jvmBytes) {}

    private record Run(double seconds, MemoryParts parts) {}

    /** @param threads compute threads of a rank */
    public static Result measure(Recipe recipe, int ranks, int threads) {
        Run one = run(recipe, ranks, threads, 1);
        Run two = run(recipe, ranks, threads, 2);
        double layer = Math.max(0, two.seconds - one.seconds) * 1e9;
        double base = Math.max(0, one.seconds * 1e9 - layer);
        double share = expertShare(recipe.model());
        return new Result(
                Math.round(base),
                Math.round(layer * (1 - share)),
                Math.round(layer * share),
                two.parts.scratch(),
                two.parts.jvm());
    }

    /** Of a layer's operations. */
    private static double expertShare(GptMoeConfig model) {
        double width = model.dModel();
        double attention = 8 * width * width + 2 * model.seqLen() * width;
        double experts = 2.0 * model.topK() * model.activation().matrices() * width * model.dFf();
        return experts / (attention + experts);
    }

    private static Run run(Recipe recipe, int ranks, int threads, int layers) {
        int rows = Math.ceilDiv(recipe.train().rowsPerMicroBatch(), ranks);
        int experts =
                Math.max(recipe.model().topK(), Math.ceilDiv(recipe.model().experts(), ranks));
        ConfigTree tree = ConfigBinder.toTree(recipe.withOwnRouting());
        for (String setting : List.of(
                "model.layers=" + layers,
                "model.experts=" + experts,
                "train.global_batch=" + rows,
                "train.accumulation=1",
                "train.steps=" + STEPS,
                "train.warmup_steps=0",
                "train.eval_interval=0",
                "checkpoint.vault=false")) {
            tree = tree.set(setting, ORIGIN);
        }
        Recipe cut = Recipes.bind(tree);
        TrainingRun.Settings settings = new TrainingRun.Settings(CommunicatorGroup.solo(), threads, 0, null, ORIGIN);
        List<Double> seconds = new ArrayList<>();
        try (TrainingRun run = TrainingRun.open(cut, settings)) {
            run.train(new Stopwatch(seconds), () -> false);
            List<Double> counted = seconds.subList(Math.max(0, seconds.size() - COUNTED), seconds.size());
            return new Run(
                    counted.stream().mapToDouble(Double::doubleValue).min().orElse(0),
                    run.memory().parts());
        }
    }

    private record Stopwatch(List<Double> seconds) implements TrainingObserver {
        @Override
        public void stepCompleted(StepResult result) {
            seconds.add(result.seconds());
        }

        @Override
        public void validated(long step, Evaluator.Result result) {}

        @Override
        public void checkpointed(long step, Path folder) {}
    }
}
