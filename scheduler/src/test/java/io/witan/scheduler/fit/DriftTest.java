package io.witan.scheduler.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DriftTest {
    private static final double TOLERANCE = 0.1;
    private static final LinearTime TRUTH = new LinearTime(1, 0.01);

    private final Random random = new Random(7);

    @Test
    void timingsLikeThoseOfTheFitDoNotDrift() {
        LinearFit fit = LinearFit.of(timings(40, ms -> ms));
        for (int i = 0; i < 200; i++) {
            assertThat(Drift.of(fit, timings(10, ms -> ms), TOLERANCE).refit()).isFalse();
        }
    }

    @Test
    void aThirdMoreTimeIsADrift() {
        LinearFit fit = LinearFit.of(timings(40, ms -> ms));
        Drift slower = Drift.of(fit, timings(10, ms -> 1.3 * ms), TOLERANCE);
        assertThat(slower.refit()).isTrue();
        assertThat(slower.relative()).isCloseTo(0.3, within(0.05));
        Drift faster = Drift.of(fit, timings(10, ms -> 0.7 * ms), TOLERANCE);
        assertThat(faster.refit()).isTrue();
        assertThat(faster.meanResidualMs()).isNegative();
    }

    @Test
    void aCertainButSmallDifferenceIsNone() {
        LinearFit fit = LinearFit.of(timings(1000, ms -> ms));
        assertThat(Drift.of(fit, timings(1000, ms -> 1.05 * ms), TOLERANCE).refit())
                .isFalse();
    }

    @Test
    void oneOutlierIsNone() {
        LinearFit fit = LinearFit.of(timings(40, ms -> ms));
        List<Sample> recent = new ArrayList<>(timings(9, ms -> ms));
        recent.add(new Sample(100, 100));
        Drift drift = Drift.of(fit, recent, TOLERANCE);
        assertThat(drift.relative()).isGreaterThan(TOLERANCE);
        assertThat(drift.refit()).isFalse();
    }

    @Test
    void wrongArgumentsAreRefused() {
        LinearFit fit = LinearFit.of(timings(5, ms -> ms));
        assertThatThrownBy(() -> Drift.of(fit, List.of(new Sample(1, 1)), TOLERANCE))
                .hasMessageContaining("1 timings");
        assertThatThrownBy(() -> Drift.of(fit, timings(3, ms -> ms), 0)).hasMessageContaining("tolerance 0.0");
    }

    private List<Sample> timings(int count, DoubleUnaryOperator change) {
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    double size = 50.0 * (1 + i % 10);
                    return new Sample(size, change.applyAsDouble(TRUTH.ms(size)) + 0.05 * random.nextGaussian());
                })
                .toList();
    }
}
