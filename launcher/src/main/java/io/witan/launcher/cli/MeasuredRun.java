package io.witan.launcher.cli;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import io.witan.models.Recipe;
import io.witan.models.RecipeForecast;
import io.witan.models.Recipes;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.metrics.MemoryMetrics;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What a run on this machine measured: memory of the rank that had most when its memory was last measured, and the median time of its last steps.
 *
 * @param largest the rank with the largest resident size
 */
record MeasuredRun(Recipe recipe, int ranks, MemoryReport largest, double stepMs) {
    private static final int LAST_STEPS = 20;
    private static final double MEGABYTE = 1e6;

    /**
     * @param folder output of the run
     * @throws LaunchException in one line if it has not measured what is to be compared
     */
    static MeasuredRun read(Path folder) {
        Recipe recipe = Recipes.bind(
                ConfigSource.file(folder.resolve(OutputFolder.CONFIG)).load());
        return of(recipe, MetricsReader.read(folder.resolve(OutputFolder.METRICS)), folder);
    }

    static MeasuredRun of(Recipe recipe, MetricsReader metrics, Path folder) {
        if (metrics.steps().isEmpty() || metrics.memories().isEmpty()) {
            throw new LaunchException(
                    ExitCode.USAGE,
                    "--against " + folder + ": its metrics have "
                            + metrics.steps().size() + " steps and "
                            + metrics.memories().size() + " measurements of memory; both are needed");
        }
        long last = metrics.memories().getLast().step();
        List<MemoryReport> reports = metrics.memories().stream()
                .filter(line -> line.step() == last)
                .map(MemoryMetrics::report)
                .toList();
        int ranks = reports.stream().mapToInt(MemoryReport::rank).max().orElseThrow() + 1;
        MemoryReport largest = reports.stream()
                .max(Comparator.comparingLong(report -> report.resident().bytes()))
                .orElseThrow();
        return new MeasuredRun(recipe, ranks, largest, median(metrics.steps()));
    }

    private static double median(List<StepMetrics> steps) {
        double[] last = steps.subList(Math.max(0, steps.size() - LAST_STEPS), steps.size()).stream()
                .mapToDouble(StepMetrics::stepMs)
                .sorted()
                .toArray();
        return (last[(last.length - 1) / 2] + last[last.length / 2]) / 2;
    }

    /** A line for each part of memory, for resident memory and for the time of a step: planned, measured, error. */
    List<String> compare(RecipeForecast.Forecast planned) {
        MemoryParts plan = planned.memory();
        MemoryParts run = largest.parts();
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%-20s  %9s  %9s  %8s",
                planned.policy().label() + ", rank " + largest.rank(),
                "planned",
                "measured",
                "error"));
        lines.add(megabytes("parameters", plan.parameters(), run.parameters()));
        lines.add(megabytes("gradients", plan.gradients(), run.gradients()));
        lines.add(megabytes("optimizer", plan.optimizer(), run.optimizer()));
        lines.add(megabytes("activations", plan.activations(), run.activations()));
        lines.add(megabytes("scratch", plan.scratch(), run.scratch()));
        lines.add(megabytes("transport", plan.transport(), run.transport()));
        lines.add(megabytes("jvm", plan.jvm(), run.jvm()));
        lines.add(megabytes("in no part", planned.untoldBytes(), largest.difference()));
        lines.add(megabytes(
                "resident", planned.residentBytes(), largest.resident().bytes()));
        lines.add(line("step, ms", planned.stepNs() / MEGABYTE, stepMs));
        return lines;
    }

    private static String megabytes(String what, long planned, long measured) {
        return line(what + ", MB", planned / MEGABYTE, measured / MEGABYTE);
    }

    private static String line(String what, double planned, double measured) {
        String error = measured == 0 ? "" : String.format(Locale.ROOT, "%+.1f %%", 100 * (planned / measured - 1));
        return String.format(Locale.ROOT, "%-20s  %9.1f  %9.1f  %8s", what, planned, measured, error);
    }
}
