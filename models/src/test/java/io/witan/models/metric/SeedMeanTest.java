package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SeedMeanTest {
    @Test
    void runsHaveStudentsInterval() {
        Interval three = SeedMean.of(0.70, 0.72, 0.74);
        assertThat(three.value()).isCloseTo(0.72, within(1e-12));
        assertThat(three.high() - 0.72).isCloseTo(0.049683, within(1e-6));
        assertThat(0.72 - three.low()).isCloseTo(0.049683, within(1e-6));
        assertThat(SeedMean.of(0.5)).isEqualTo(new Interval(0.5, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
    }

    @Test
    void quantilesBeyondTheTableAreThoseOfTables() {
        assertThat(SeedMean.quantile(4)).isEqualTo(2.7764);
        assertThat(SeedMean.quantile(21)).isCloseTo(2.0796, within(1e-4));
        assertThat(SeedMean.quantile(30)).isCloseTo(2.0423, within(1e-4));
        assertThat(SeedMean.quantile(60)).isCloseTo(2.0003, within(1e-4));
        assertThat(SeedMean.quantile(120)).isCloseTo(1.9799, within(1e-4));
    }

    /** Of many samples of five, 95 % have the true mean in their interval. */
    @Test
    void intervalsOfRunsCoverTheMean() {
        Random random = new Random(1);
        int covered = 0;
        for (int i = 0; i < 4000; i++) {
            double[] values =
                    random.doubles(5).map(u -> 3 + random.nextGaussian()).toArray();
            Interval interval = SeedMean.of(values);
            covered += interval.low() <= 3 && 3 <= interval.high() ? 1 : 0;
        }
        assertThat(covered / 4000.0).isCloseTo(0.95, within(0.012));
    }
}
