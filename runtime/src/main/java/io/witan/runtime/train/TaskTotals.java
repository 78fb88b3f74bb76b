package io.witan.runtime.train;

import io.witan.runtime.data.Batch;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.moe.MoeLayer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Losses, targets and loads of a step or an evaluation by task. Does nothing, and sends nothing, where data has no tasks. */
final class TaskTotals {
    private final List<String> names;
    /** Of this rank's rows. */
    private final double[] nats;
    /** Of all ranks' rows. */
    private final long[] targets;

    /** @param names of the tasks, by number */
    TaskTotals(List<String> names) {
        this.names = names;
        this.nats = new double[names.size()];
        this.targets = new long[names.size()];
    }

    /**
     * Counts the targets of a micro-batch.
     *
     * @param all of all ranks
     * @throws IllegalArgumentException if a row has none of the tasks
     */
    void count(Batch<?> all) {
        for (int row = 0; !names.isEmpty() && row < all.rows(); row++) {
            targets[task(all, row)] += all.targetCount(row, row + 1);
        }
    }

    /** Targets that were counted, by task; empty: there are no tasks. */
    long[] targets() {
        return targets.clone();
    }

    /**
     * Adds the losses of this rank's rows of a micro-batch.
     *
     * @throws IllegalArgumentException if a row has none of the tasks
     */
    void add(Batch<?> own, BatchLoss loss) {
        for (int row = 0; !names.isEmpty() && row < own.rows(); row++) {
            nats[task(own, row)] += loss.ofRows()[row];
        }
    }

    private int task(Batch<?> batch, int row) {
        if (batch.tasks().length == 0 || batch.tasks()[row] < 0 || batch.tasks()[row] >= names.size()) {
            throw new IllegalArgumentException("row " + row + " of a batch has "
                    + (batch.tasks().length == 0 ? "no task" : "task " + batch.tasks()[row]) + "; the data has "
                    + names.size() + " tasks: " + String.join(", ", names));
        }
        return batch.tasks()[row];
    }

    /**
     * Over all ranks, which take part together.
     *
     * @param layers whose loads are wanted; may be none
     */
    List<TaskResult> sum(RankRuntime runtime, List<MoeLayer> layers) {
        int tasks = names.size();
        if (tasks == 0) {
            return List.of();
        }
        List<long[][]> loads =
                layers.stream().map(layer -> layer.statistics().taskLoad(tasks)).toList();
        double[] local = IntStream.range(0, tasks)
                .mapToObj(task -> IntStream.range(0, loads.size()).mapToObj(l -> loads.get(l)[task]))
                .flatMap(ofLayers -> ofLayers)
                .flatMapToDouble(load -> Arrays.stream(load).asDoubleStream())
                .toArray();
        double[] values = Arrays.copyOf(nats, tasks + local.length);
        System.arraycopy(local, 0, values, tasks, local.length);
        double[] sums = RankSums.sum(runtime, values);
        return IntStream.range(0, tasks)
                .mapToObj(task ->
                        new TaskResult(names.get(task), sums[task], targets[task], loads(sums, task, layers.size())))
                .toList();
    }

    /** @param sums losses of all tasks, then task by task and layer by layer the loads */
    private long[][] loads(double[] sums, int task, int layers) {
        long[][] loads = new long[layers][];
        int experts = layers == 0 ? 0 : (sums.length - names.size()) / (names.size() * layers);
        for (int l = 0; l < layers; l++) {
            int from = names.size() + (task * layers + l) * experts;
            loads[l] = Arrays.stream(sums, from, from + experts)
                    .mapToLong(load -> (long) load)
                    .toArray();
        }
        return loads;
    }
}
