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

/**
 * Measures the shares that ranks of a node have in a recipe, on this machine: a few steps in which they train together the
 * model cut to one layer and to two, with the rows and the experts that a rank has, and what a layer costs as a run measures
 * it for its policies. A step is as long as the slowest's, and has what ranks of a node exchange and wait for.
 * What a second layer adds is a layer: its forward three times, as backward is taken for twice that, and the rest once a
 * step. What one layer leaves is there once; how much of that comes with each micro-batch is seen with two of them, if the
 * recipe has several. Whole steps, because costs know neither backward, embedding, head nor optimizer.
 */
public final class StepCalibration {
    private static final int STEPS = 8;
    /** The first ones touch memory for the first time. */
    private static final int UNTIMED_STEPS = 2;

    private static final int PASSES = 3;
    /** Forward, and backward that is taken for twice that. */
    static final int FORWARD_AND_BACKWARD = 3;

    private static final double PS_PER_NS = 1000;

    private static final int ALONE_STEPS = 60;
    private static final double ALONE_SECONDS = 8;
    /** What only ranks together do is compiled late, as little of a step is spent in it. */
    private static final int TOGETHER_STEPS = 200;

    private static final double TOGETHER_SECONDS = 16;
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

    /**
     * @param ranks of all nodes
     * @param local of them on one node; of those as many train together as this machine has processors for
     * @param threads compute threads of a rank
     * @param sharedMemory folder in memory where ranks meet
     */
    public static Result measure(Recipe recipe, int ranks, int local, int threads, Path sharedMemory) {
        int most = Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
        int together = together(Math.min(local, most), recipe.parallel().expertSharding());
        try (NodeRanks node = NodeRanks.start(together, sharedMemory)) {
            return measure(new Cut(recipe, ranks, threads, node));
        }
    }

    /** Whole groups of ranks that share experts, or one rank. */
    private static int together(int ranks, int sharding) {
        return Math.max(1, ranks / sharding * sharding);
    }

    private static Result measure(Cut cut) {
        MemoryReport memory = cut.warmUp();
        List<Double> one = new ArrayList<>();
        List<Double> two = new ArrayList<>();
        List<Double> twice = new ArrayList<>();
        for (int pass = 0; pass < PASSES; pass++) {
            cut.stepsInto(one, 1, 1);
            cut.stepsInto(two, 2, 1);
            if (cut.recipe.train().accumulation() > 1) {
                cut.stepsInto(twice, 1, 2);
            }
        }
        double oneNs = medianNs(one);
        MeasuredCosts costs = cut.costs();
        double added = Math.clamp(medianNs(two) - oneNs, 0, oneNs);
        double layer = Math.min(added, FORWARD_AND_BACKWARD * forwardNs(costs, new RankBatch(cut.recipe, cut.ranks)));
        double more = twice.isEmpty() ? 0 : medianNs(twice) - oneNs;
        double rest = Math.clamp(more - layer, 0, oneNs - added);
        return new Result(
                new Part(Math.round(layer), Math.round(rest)),
                new Part(Math.round(added - layer), Math.round(oneNs - added - rest)),
                costs,
                memory);
    }

    private static double medianNs(List<Double> seconds) {
        double[] sorted =
                seconds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return 1e9 * sorted[sorted.length / 2];
    }

    /** Of a layer with even loads. */
    static double forwardNs(MeasuredCosts costs, RankBatch batch) {
        return costs.attentionForwardNs() + costs.forwardPsPerAssignment() / PS_PER_NS * batch.assignments();
    }

    /** Ranks of one node, with their shares of the recipe. */
    record Cut(Recipe recipe, int ranks, int threads, NodeRanks node) {
        /** One rank alone until code is compiled, after which the process has about what one that trains has; then all. */
        MemoryReport warmUp() {
            long end = System.nanoTime() + Math.round(ALONE_SECONDS * 1e9);
            List<Double> seconds = new ArrayList<>();
            MemoryReport memory;
            try (TrainingRun run = TrainingRun.open(
                    recipe(1, 2, 2, ALONE_STEPS, "0"),
                    new TrainingRun.Settings(CommunicatorGroup.solo(), threads, 0, null, ORIGIN))) {
                run.train(new Stopwatch(seconds), () -> System.nanoTime() > end);
                memory = run.memory();
            }
            if (node.count() > 1) {
                int steps = (int) Math.clamp(TOGETHER_SECONDS / seconds.getLast(), UNTIMED_STEPS, TOGETHER_STEPS);
                Recipe cut = recipe(node.count(), 2, 1, steps, "0");
                node.run(group -> steps(cut, group));
            }
            return memory;
        }

        void stepsInto(List<Double> seconds, int layers, int microBatches) {
            Recipe cut = recipe(node.count(), layers, microBatches, STEPS, "0");
            List<List<Double>> ofRanks = node.run(group -> steps(cut, group));
            for (int step = UNTIMED_STEPS; step < STEPS; step++) {
                int of = step;
                seconds.add(
                        ofRanks.stream().mapToDouble(rank -> rank.get(of)).max().orElseThrow());
            }
        }

        private List<Double> steps(Recipe cut, CommunicatorGroup group) {
            List<Double> seconds = new ArrayList<>();
            try (TrainingRun run = open(cut, group)) {
                run.train(new Stopwatch(seconds), () -> false);
            }
            return seconds;
        }

        /** As all ranks agree upon. */
        MeasuredCosts costs() {
            Recipe cut = recipe(node.count(), 1, 1, STEPS, "auto");
            return node.run(group -> {
                        try (TrainingRun run = open(cut, group)) {
                            return run.costs().orElseThrow();
                        }
                    })
                    .getFirst();
        }

        private TrainingRun open(Recipe cut, CommunicatorGroup group) {
            return TrainingRun.open(cut, new TrainingRun.Settings(group, threads, node.sharedBytes(), null, ORIGIN));
        }

        /**
         * @param together ranks that train it
         * @param degree auto: costs are measured
         */
        Recipe recipe(int together, int layers, int microBatches, int steps, String degree) {
            int rows = together * Math.ceilDiv(recipe.train().rowsPerMicroBatch(), ranks);
            int experts = Math.max(
                    recipe.model().topK(),
                    together * Math.ceilDiv(recipe.model().experts(), ranks));
            ConfigTree tree = ConfigBinder.toTree(recipe.withEvenRouting());
            for (String setting : List.of(
                    "model.layers=" + layers,
                    "model.gate.group_limit=1",
                    "model.gate.groups=1",
                    "model.experts=" + experts,
                    "train.global_batch=" + rows * microBatches,
                    "train.accumulation=" + microBatches,
                    "train.steps=" + steps,
                    "train.warmup_steps=0",
                    "train.eval_interval=0",
                    "train.eval_batches=1",
                    "parallel.policy=fssdp",
                    "parallel.gradients.release=eager",
                    "parallel.overlap_degree=" + degree,
                    "checkpoint.vault=false",
                    "checkpoint.peer_copy_steps=0")) {
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
