package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    @Test
    void theIntervalOfAMeanIsThatOfTheNormalDistribution() {
        double[] values = new Random(5).doubles(400).toArray();
        double mean = Arrays.stream(values).average().orElseThrow();
        double variance =
                Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / 400;
        double half = 1.96 * Math.sqrt(variance / 400);

        Interval interval = new Bootstrap(4000, 1).mean(values);

        assertThat(interval.value()).isCloseTo(mean, within(1e-12));
        assertThat(interval.low()).isCloseTo(mean - half, within(0.1 * half));
        assertThat(interval.high()).isCloseTo(mean + half, within(0.1 * half));
    }

    @Test
    void oneSeedOneInterval() {
        double[] values = {0, 1, 1, 0, 1, 0.5};
        assertThat(new Bootstrap(200, 7).mean(values)).isEqualTo(new Bootstrap(200, 7).mean(values));
        assertThat(new Bootstrap(200, 7).mean(values)).isNotEqualTo(new Bootstrap(200, 8).mean(values));
    }

    @Test
    void rowsThatAreAllAlikeLeaveNoDoubt() {
        assertThat(new Bootstrap(100, 0).mean(new double[] {0.25, 0.25, 0.25}))
                .isEqualTo(new Interval(0.25, 0.25, 0.25));
    }

    @Test
    void tooFewDrawsAreRefused() {
        assertThatThrownBy(() -> new Bootstrap(39, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
