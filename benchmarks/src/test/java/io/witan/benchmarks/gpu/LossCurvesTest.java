package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.metrics.StepMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LossCurvesTest {
    private static List<StepMetrics> steps(double... losses) {
        List<StepMetrics> steps = new ArrayList<>();
        for (double loss : losses) {
            steps.add(new StepMetrics(
                    steps.size() + 1,
                    loss,
                    1,
                    1e-3,
                    100,
                    10,
                    1,
                    new StepMetrics.Bytes(0, 0, 0),
                    false,
                    new TreeMap<>()));
        }
        return steps;
    }

    private static boolean isWithin(List<StepMetrics> expected, List<StepMetrics> steps, double early, double mean) {
        return new LossCurves.Comparison(expected, steps).isWithin(new LossCurves.Bounds(early, 1e-9, mean));
    }

    @Test
    void theLargestDifferenceAndThatOfTheMeansCount() {
        var comparison = new LossCurves.Comparison(steps(4, 2, 1), steps(4, 2.02, 1.05));
        assertThat(comparison.isWithin(new LossCurves.Bounds(6e-2, 5e-3, 2e-2))).isTrue();
        assertThat(comparison.isWithin(new LossCurves.Bounds(4e-2, 5e-3, 2e-2))).isFalse();
        assertThat(comparison.isWithin(new LossCurves.Bounds(6e-2, 5e-3, 9e-3))).isFalse();
        assertThat(comparison.row("x", new LossCurves.Bounds(6e-2, 5e-3, 2e-2)))
                .isEqualTo(
                        "| x | 3 of 3 | 4.0000 | 1.0500 | 1.0000 | 5.0e-02 | 6e-02 | 0.0e+00 | 5e-03 | 5.0e-02 | 1.0e-02 | 2e-02 | 100"
                                + " | within |");
    }

    @Test
    void aGradientOfAnotherNormFails() {
        List<StepMetrics> expected = steps(4, 2);
        StepMetrics last = expected.getLast();
        List<StepMetrics> steps = List.of(
                expected.getFirst(),
                new StepMetrics(2, 2, 1.02, last.lr(), 100, 10, 1, last.bytes(), false, new TreeMap<>()));
        assertThat(new LossCurves.Comparison(expected, steps).isWithin(new LossCurves.Bounds(1, 1e-2, 1)))
                .isFalse();
        assertThat(new LossCurves.Comparison(expected, steps).isWithin(new LossCurves.Bounds(1, 3e-2, 1)))
                .isTrue();
    }

    @Test
    void aLateStepMayDiffer() {
        double[] losses = new double[LossCurves.EARLY + 1];
        Arrays.fill(losses, 1);
        List<StepMetrics> expected = steps(losses);
        losses[LossCurves.EARLY] = 1.1;
        assertThat(isWithin(expected, steps(losses), 1e-3, 2e-2)).isTrue();
        assertThat(isWithin(expected, steps(losses), 1e-3, 2e-3)).isFalse();
        losses[LossCurves.EARLY - 1] = 1.1;
        assertThat(isWithin(expected, steps(losses), 1e-3, 2e-2)).isFalse();
    }

    @Test
    void missingStepsAndWhatIsNoNumberFail() {
        assertThat(isWithin(steps(4, 2), steps(4), 1, 1)).isFalse();
        assertThat(isWithin(steps(4, 2), steps(4, Double.NaN), 1, 1)).isFalse();
        assertThat(isWithin(steps(4, 2), steps(4, Double.POSITIVE_INFINITY), 1, 1))
                .isFalse();
        assertThat(isWithin(steps(), steps(), 1, 1)).isFalse();
        assertThat(new LossCurves.Comparison(steps(4), steps()).row("x", new LossCurves.Bounds(1, 1, 1)))
                .endsWith("FAILED |");
    }
}
