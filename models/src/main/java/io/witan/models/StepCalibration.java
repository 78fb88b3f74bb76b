package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Measures one rank's share of a recipe on this machine, alone: a few steps of the model cut to one layer and to two, with one micro-batch
 * and with two, and the rows and the experts that a rank has. What a second layer adds is a layer, what a second micro-batch adds is a
 * micro-batch, and the rest is done once a step. Whole steps, because the costs that a run measures for its policies have forward alone, of
 * which backward would have to be guessed, and neither embedding, head nor optimizer; how a layer's time divides into experts and the rest
 * is from those costs.
 */
public final class StepCalibration {
    private static final int STEPS = 7;
    private static final int COUNTED = 4;
    private static final String ORIGIN = "plan";

    private StepCalibration() {}

    /**
     * Nanoseconds.
     *
     * @param layer of one layer
     * @param rest of what is there once, whatever the number of layers
     */
    public record Part(long layer, long rest) {}

    /**
     * What was measured.
     *
     * @param microBatch forward and backward of one, with even loads
     * @param step done once a step: optimizer, norms
     * @param costs of a layer's forward on one rank, as a run measures them
     * @param memory of this process, which is about a rank's
     */
    public record Result(Part microBatch, Part step, MeasuredCosts costs, MemoryReport memory) {}

    private record Run(double ns, Optional<MeasuredCosts> costs, MemoryReport memory) {}

    /** @param threads compute threads of a rank */
    public static Result measure(Recipe recipe, int ranks, int threads) {
        Cut cut = new Cut(recipe, ranks, threads);
        // Code is compiled meanwhile, so that its times do not count.
        Run first = cut.run(1, 1, "auto");
        Run one = cut.run(1, 1);
        Run two = cut.run(2, 1);
        double oneMore = cut.run(1, 2).ns - one.ns;
        // By now a process has about what one that trains for long takes.
        Run last = cut.run(2, 2);
        double twoMore = last.ns - two.ns;
        double layer = Math.clamp(twoMore - oneMore, 0, twoMore);
        double layerOnce = Math.max(0, two.ns - one.ns - layer);
        return new Result(
                new Part(Math.round(layer), Math.round(Math.max(0, oneMore - layer))),
                new Part(Math.round(layerOnce), Math.round(Math.max(0, one.ns - oneMore - layerOnce))),
                first.costs.orElseThrow(),
                last.memory);
    }

    private record Cut(Recipe recipe, int ranks, int threads) {
        Run run(int layers, int microBatches) {
            return run(layers, microBatches, "0");
        }

        /** @param degree auto: costs are measured */
        Run run(int layers, int microBatches, String degree) {
            Recipe cut = recipe(layers, microBatches, degree);
            TrainingRun.Settings settings =
                    new TrainingRun.Settings(CommunicatorGroup.solo(), threads, 0, null, ORIGIN);
            List<Double> seconds = new ArrayList<>();
            try (TrainingRun run = TrainingRun.open(cut, settings)) {
                run.train(new Stopwatch(seconds), () -> false);
                double least = seconds.subList(STEPS - COUNTED, STEPS).stream()
                        .mapToDouble(Double::doubleValue)
                        .min()
                        .orElseThrow();
                return new Run(least * 1e9, run.costs(), run.memory());
            }
        }

        private Recipe recipe(int layers, int microBatches, String degree) {
            int rows = Math.ceilDiv(recipe.train().rowsPerMicroBatch(), ranks);
            int experts =
                    Math.max(recipe.model().topK(), Math.ceilDiv(recipe.model().experts(), ranks));
            ConfigTree tree = ConfigBinder.toTree(recipe.withOwnRouting());
            for (String setting : List.of(
                    "model.layers=" + layers,
                    "model.experts=" + experts,
                    "train.global_batch=" + rows * microBatches,
                    "train.accumulation=" + microBatches,
                    "train.steps=" + STEPS,
                    "train.warmup_steps=0",
                    "train.eval_interval=0",
                    "train.eval_batches=1",
                    "parallel.policy=fssdp",
                    "parallel.overlap_degree=" + degree,
                    "checkpoint.vault=false")) {
                tree = tree.set(setting, ORIGIN);
            }
            return Recipes.bind(tree);
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
