package io.witan.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.benchmarks.CompareRuns.Difference;
import io.witan.runtime.metrics.StepMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompareRunsTest {
    private static StepMetrics step(long step, double loss, double norm) {
        return new StepMetrics(step, loss, norm, 1e-3, 1, 1, 1, StepMetrics.Bytes.NONE, false, StepMetrics.noExtra());
    }

    @Test
    void shouldFindTheLargestDifferences() {
        List<StepMetrics> reference = List.of(step(1, 4, 1), step(2, 2, 1));
        Difference difference = CompareRuns.compare(reference, List.of(step(1, 4, 1.5), step(2, 2.002, 1)));

        assertThat(difference.loss()).isCloseTo(1e-3, within(1e-9));
        assertThat(difference.norm()).isCloseTo(0.5, within(1e-9));
        assertThat(difference.isNone()).isFalse();
        assertThat(CompareRuns.compare(reference, reference).isNone()).isTrue();
    }

    @Test
    void shouldNotTakeNaNForAgreement() {
        List<StepMetrics> reference = List.of(step(1, 4, 1));

        assertThat(CompareRuns.compare(reference, List.of(step(1, Double.NaN, 1)))
                        .loss())
                .isInfinite();
    }
}
