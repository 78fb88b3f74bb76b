package io.witan.benchmarks.policies;

import io.witan.benchmarks.compare.PairedRatio;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.metrics.MemoryMetrics;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** All runs of one side, by round. */
record PolicyRuns(String side, Map<Integer, Run> runs) {
    /**
     * One run, the second half of its steps: in the first, JVMs compile, and policies see their first loads.
     *
     * @param stepMs median
     * @param residentBytes of the largest rank at the end of the run
     * @param memory of that rank, by part
     * @param losses of all steps
     */
    record Run(
            double stepMs,
            double tokensPerS,
            double imbalance,
            StepMetrics.Bytes bytes,
            long residentBytes,
            MemoryReport memory,
            List<Double> losses) {}

    /**
     * Reads SIDE.ROUND.jsonl from round 1 on.
     *
     * @throws IllegalArgumentException if there is none, or one is too short to be timed
     */
    static PolicyRuns read(Path folder, String side) {
        Map<Integer, Run> runs = new TreeMap<>();
        for (int round = 1; Files.exists(file(folder, side, round)); round++) {
            runs.put(round, run(file(folder, side, round)));
        }
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("no run of side " + side + " in " + folder);
        }
        return new PolicyRuns(side, runs);
    }

    private static Path file(Path folder, String side, int round) {
        return folder.resolve(side + "." + round + ".jsonl");
    }

    private static Run run(Path file) {
        MetricsReader metrics = MetricsReader.read(file);
        List<StepMetrics> all = metrics.steps();
        if (all.size() < 2) {
            throw new IllegalArgumentException(
                    file + ": " + all.size() + " steps, needed are 2, as the first half of them is warm-up");
        }
        List<StepMetrics> timed = all.subList(all.size() / 2, all.size());
        MemoryReport largest = null;
        for (MemoryMetrics line : metrics.memories()) {
            boolean atEnd = line.step() == all.getLast().step();
            if (atEnd
                    && (largest == null
                            || line.report().resident().bytes()
                                    > largest.resident().bytes())) {
                largest = line.report();
            }
        }
        if (largest == null) {
            throw new IllegalArgumentException(
                    file + ": no memory of step " + all.getLast().step());
        }
        return new Run(
                median(timed, StepMetrics::stepMs),
                median(timed, StepMetrics::tokensPerS),
                median(timed, StepMetrics::imbalance),
                new StepMetrics.Bytes(
                        (long) median(timed, step -> step.bytes().sparseAllGather()),
                        (long) median(timed, step -> step.bytes().sparseReduceScatter()),
                        (long) median(timed, step -> step.bytes().allToAll())),
                largest.resident().bytes(),
                largest,
                all.stream().map(StepMetrics::loss).toList());
    }

    private static double median(List<StepMetrics> steps, ToDoubleFunction<StepMetrics> value) {
        return PairedRatio.medianOf(steps.stream().mapToDouble(value).toArray());
    }

    /** A value of each run, by round. */
    Map<Integer, Double> each(ToDoubleFunction<Run> value) {
        Map<Integer, Double> values = new TreeMap<>();
        runs.forEach((round, run) -> values.put(round, value.applyAsDouble(run)));
        return values;
    }

    double median(ToDoubleFunction<Run> value) {
        return PairedRatio.medianOf(each(value));
    }

    /** Largest relative difference of any step's loss in any round. */
    double lossDistance(PolicyRuns other) {
        double distance = 0;
        for (Map.Entry<Integer, Run> entry : runs.entrySet()) {
            Run theirs = other.runs.get(entry.getKey());
            List<Double> losses = entry.getValue().losses();
            if (theirs == null || theirs.losses().size() != losses.size()) {
                return Double.POSITIVE_INFINITY;
            }
            for (int i = 0; i < losses.size(); i++) {
                double expected = theirs.losses().get(i);
                double difference = Math.abs(losses.get(i) - expected) / Math.abs(expected);
                distance = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(distance, difference);
            }
        }
        return distance;
    }
}
