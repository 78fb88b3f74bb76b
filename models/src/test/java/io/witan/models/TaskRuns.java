package io.witan.models;

import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * A run and two others, 1 and 2, that began with its model.
 *
 * @param folder of all
 */
record TaskRuns(Path folder) {
    static TaskRuns train(Path folder) {
        TaskRuns runs = new TaskRuns(folder);
        TrainedRanks.train(SameNumbersTest.recipe("train.steps=3"), Topology.of(1), runs.base());
        for (int task = 1; task <= 2; task++) {
            Recipe recipe = SameNumbersTest.recipe(
                    "train.steps=4",
                    "train.lr=0.01",
                    "data.corpus_seed=" + (10 + task),
                    "checkpoint.init_from=" + runs.base());
            TrainedRanks.train(recipe, Topology.of(2), runs.task(task));
        }
        return runs;
    }

    Path base() {
        return folder.resolve("base");
    }

    Path task(int number) {
        return folder.resolve("task-" + number);
    }

    List<Path> tasks() {
        return List.of(task(1), task(2));
    }

    /** Of a tensor of a run's newest checkpoint. */
    static float[] values(Path run, String tensor) {
        try (Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(run));
                Arena arena = Arena.ofConfined()) {
            checkpoint.verify();
            long count = 1;
            for (long size : checkpoint.shape(tensor)) {
                count *= size;
            }
            MemorySegment values = arena.allocate(count * Float.BYTES, Float.BYTES);
            checkpoint.read(tensor, values);
            return values.toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    static List<String> names(Path run) {
        try (Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(run))) {
            return checkpoint.parameterNames();
        }
    }
}
