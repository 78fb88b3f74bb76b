package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.metrics.StepMetrics;
import java.util.ArrayList;
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

    @Test
    void theLargestDifferenceCounts() {
        var comparison = LossCurves.Comparison.of(steps(4, 2, 1), steps(4, 2.02, 1.005));
        assertThat(comparison.isWithin(2e-2)).isTrue();
        assertThat(comparison.isWithin(5e-3)).isFalse();
        assertThat(comparison.row("x", 2e-2))
                .isEqualTo("| x | 3 of 3 | 4.0000 | 1.0050 | 1.0000 | 1.0e-02 | 2 | 2e-02 | 100 | within |");
    }

    @Test
    void missingStepsAndWhatIsNoNumberFail() {
        assertThat(LossCurves.Comparison.of(steps(4, 2), steps(4)).isWithin(1)).isFalse();
        assertThat(LossCurves.Comparison.of(steps(4, 2), steps(4, Double.NaN)).isWithin(1))
                .isFalse();
        assertThat(LossCurves.Comparison.of(steps(), steps()).isWithin(1)).isFalse();
        assertThat(LossCurves.Comparison.of(steps(4), steps()).row("x", 1)).endsWith("FAILED |");
    }
}
