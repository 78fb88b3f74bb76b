package io.witan.benchmarks.gpu;

import io.witan.launcher.exit.ExitCode;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Compares the losses of a run with those of a reference: {@code LossCurves NAME BOUND NORM_BOUND MEAN_BOUND REFERENCE RUN} prints one
 * row of a table. Ends with code 9 if a loss or a gradient's norm of the first steps differs by more than its bound, as a share of the
 * reference's, or the mean of all losses by more than its bound, or steps are missing. Later steps have no bound of their own: rounding
 * sends a token to another expert sooner or later, and from there on runs drift apart, those of two processors as well.
 */
public final class LossCurves {
    /** Steps whose time is left out: code is compiled and kernels are loaded. */
    private static final int WARM_UP = 5;

    /** First steps, of which each must agree. */
    static final int EARLY = 10;

    static final String HEAD =
            "| run | steps | first loss | last loss | reference's | largest relative difference, first " + EARLY
                    + " steps | bound | of the gradient's norm | bound | all steps | difference of the means | bound"
                    + " | tokens/s | verdict |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|";

    private LossCurves() {}

    /** @param arguments name, bounds, metrics of the reference, metrics of the run; none prints the table's head */
    public static void main(String[] arguments) {
        if (arguments.length == 0) {
            System.out.println(HEAD);
            return;
        }
        Bounds bounds = new Bounds(
                Double.parseDouble(arguments[1]), Double.parseDouble(arguments[2]), Double.parseDouble(arguments[3]));
        Comparison comparison = new Comparison(
                MetricsReader.read(Path.of(arguments[4])).steps(),
                MetricsReader.read(Path.of(arguments[5])).steps());
        System.out.println(comparison.row(arguments[0], bounds));
        System.exit(comparison.isWithin(bounds) ? 0 : ExitCode.WRONG_RESULT.code());
    }

    /**
     * Of differences, as shares of the reference's values.
     *
     * @param loss in any of the first steps
     * @param norm of the gradient's norm, likewise
     * @param mean of the mean loss over all steps
     */
    record Bounds(double loss, double norm, double mean) {}

    /** @param expected steps of the reference */
    record Comparison(List<StepMetrics> expected, List<StepMetrics> steps) {
        /** The largest among the first so many steps; no number if a value is none. */
        double largest(int first, ToDoubleFunction<StepMetrics> value) {
            return IntStream.range(0, Math.min(first, Math.min(expected.size(), steps.size())))
                    .mapToDouble(i -> relative(value.applyAsDouble(expected.get(i)), value.applyAsDouble(steps.get(i))))
                    .reduce(0, Math::max);
        }

        double ofMeans() {
            return relative(mean(expected), mean(steps));
        }

        private static double mean(List<StepMetrics> steps) {
            return steps.stream().mapToDouble(StepMetrics::loss).average().orElse(Double.NaN);
        }

        private static double relative(double expected, double found) {
            return Math.abs(found - expected) / Math.abs(expected);
        }

        boolean isWithin(Bounds bounds) {
            return !expected.isEmpty()
                    && steps.size() == expected.size()
                    && largest(EARLY, StepMetrics::loss) <= bounds.loss()
                    && largest(EARLY, StepMetrics::gradNorm) <= bounds.norm()
                    && ofMeans() <= bounds.mean();
        }

        String row(String name, Bounds bounds) {
            if (expected.isEmpty() || steps.isEmpty()) {
                return "| " + name + " | " + steps.size() + " of " + expected.size()
                        + " | | | | | | | | | | | | FAILED |";
            }
            double[] rates = steps.stream()
                    .skip(Math.min(WARM_UP, steps.size() - 1))
                    .mapToDouble(StepMetrics::tokensPerS)
                    .sorted()
                    .toArray();
            return String.format(
                    Locale.ROOT,
                    "| %s | %d of %d | %.4f | %.4f | %.4f | %.1e | %.0e | %.1e | %.0e | %.1e | %.1e | %.0e | %.0f | %s |",
                    name,
                    steps.size(),
                    expected.size(),
                    steps.getFirst().loss(),
                    steps.getLast().loss(),
                    expected.getLast().loss(),
                    largest(EARLY, StepMetrics::loss),
                    bounds.loss(),
                    largest(EARLY, StepMetrics::gradNorm),
                    bounds.norm(),
                    largest(steps.size(), StepMetrics::loss),
                    ofMeans(),
                    bounds.mean(),
                    rates[rates.length / 2],
                    isWithin(bounds) ? "within" : "FAILED");
        }
    }
}
