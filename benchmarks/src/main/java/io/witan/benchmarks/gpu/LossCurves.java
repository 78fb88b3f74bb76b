package io.witan.benchmarks.gpu;

import io.witan.launcher.exit.ExitCode;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Compares the losses of a run with those of a reference, step by step: {@code LossCurves NAME BOUND REFERENCE RUN} prints one row of
 * a table and ends with code 9 if a loss differs by more than the bound, as a share of the reference's, or steps are missing.
 */
public final class LossCurves {
    /** Steps whose time is left out: code is compiled and kernels are loaded. */
    private static final int WARM_UP = 5;

    static final String HEAD =
            "| run | steps | first loss | last loss | reference's | largest relative difference | at step | bound |"
                    + " tokens/s | verdict |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|---|";

    private LossCurves() {}

    /** @param arguments name, bound, metrics of the reference, metrics of the run; none prints the table's head */
    public static void main(String[] arguments) {
        if (arguments.length == 0) {
            System.out.println(HEAD);
            return;
        }
        double bound = Double.parseDouble(arguments[1]);
        Comparison comparison = Comparison.of(
                MetricsReader.read(Path.of(arguments[2])).steps(),
                MetricsReader.read(Path.of(arguments[3])).steps());
        System.out.println(comparison.row(arguments[0], bound));
        System.exit(comparison.isWithin(bound) ? 0 : ExitCode.WRONG_RESULT.code());
    }

    /**
     * @param expected steps of the reference
     * @param difference the largest; infinite if a loss is no number
     * @param at its step
     */
    record Comparison(List<StepMetrics> expected, List<StepMetrics> steps, double difference, long at) {
        static Comparison of(List<StepMetrics> expected, List<StepMetrics> steps) {
            double largest = 0;
            long at = 0;
            for (int i = 0; i < Math.min(expected.size(), steps.size()); i++) {
                double reference = expected.get(i).loss();
                double difference = Math.abs(steps.get(i).loss() - reference) / Math.abs(reference);
                if (!(difference <= largest)) {
                    largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
                    at = steps.get(i).step();
                }
            }
            return new Comparison(expected, steps, largest, at);
        }

        boolean isWithin(double bound) {
            return !expected.isEmpty() && steps.size() == expected.size() && difference <= bound;
        }

        String row(String name, double bound) {
            if (expected.isEmpty() || steps.isEmpty()) {
                return "| " + name + " | " + steps.size() + " of " + expected.size() + " | | | | | | | | FAILED |";
            }
            double[] rates = steps.stream()
                    .skip(Math.min(WARM_UP, steps.size() - 1))
                    .mapToDouble(StepMetrics::tokensPerS)
                    .sorted()
                    .toArray();
            return String.format(
                    Locale.ROOT,
                    "| %s | %d of %d | %.4f | %.4f | %.4f | %.1e | %d | %.0e | %.0f | %s |",
                    name,
                    steps.size(),
                    expected.size(),
                    steps.getFirst().loss(),
                    steps.getLast().loss(),
                    expected.getLast().loss(),
                    difference,
                    at,
                    bound,
                    rates[rates.length / 2],
                    isWithin(bound) ? "within" : "FAILED");
        }
    }
}
