package io.witan.benchmarks;

import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Compares the losses and gradient norms of runs with those of a reference, step by step:
 * {@code CompareRuns REFERENCE_METRICS METRICS...}. Ends with code 1 if a run leaves the tolerances of docs/numerics.md.
 */
public final class CompareRuns {
    private static final double LOSS_TOLERANCE = 1e-4;
    private static final double NORM_TOLERANCE = 1e-3;

    private CompareRuns() {}

    public static void main(String[] files) {
        if (files.length < 2) {
            System.err.println("usage: CompareRuns REFERENCE_METRICS METRICS...");
            System.exit(2);
        }
        List<StepMetrics> reference = MetricsReader.read(Path.of(files[0])).steps();
        boolean agree = true;
        System.out.println("| run | steps | loss, largest relative difference | gradient norm | same bits |");
        System.out.println("|---|---|---|---|---|");
        for (int i = 1; i < files.length; i++) {
            Difference difference =
                    compare(reference, MetricsReader.read(Path.of(files[i])).steps());
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %d | %.2e | %.2e | %s |%n",
                    files[i],
                    difference.steps(),
                    difference.loss(),
                    difference.norm(),
                    difference.isNone() ? "yes" : "no");
            agree &= difference.steps() == reference.size()
                    && difference.loss() <= LOSS_TOLERANCE
                    && difference.norm() <= NORM_TOLERANCE;
        }
        System.exit(agree ? 0 : 1);
    }

    /** Largest relative differences over the steps that both have. */
    record Difference(int steps, double loss, double norm) {
        boolean isNone() {
            return loss == 0 && norm == 0;
        }
    }

    static Difference compare(List<StepMetrics> reference, List<StepMetrics> other) {
        int steps = Math.min(reference.size(), other.size());
        return new Difference(
                steps,
                largest(reference, other, steps, StepMetrics::loss),
                largest(reference, other, steps, StepMetrics::gradNorm));
    }

    private static double largest(
            List<StepMetrics> reference, List<StepMetrics> other, int steps, ToDoubleFunction<StepMetrics> value) {
        double largest = 0;
        for (int i = 0; i < steps; i++) {
            double expected = value.applyAsDouble(reference.get(i));
            double difference = Math.abs(value.applyAsDouble(other.get(i)) - expected) / Math.abs(expected);
            largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
        }
        return largest;
    }
}
