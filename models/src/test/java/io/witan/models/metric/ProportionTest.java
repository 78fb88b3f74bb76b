package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ProportionTest {
    private static final double Z = 1.959963984540054;

    @Test
    void accuracyCountsEqualClasses() {
        assertThat(Proportion.same(new int[] {1, 2, 3, 3}, new int[] {1, 3, 3, 2}))
                .isEqualTo(new Proportion(2, 4));
        assertThatThrownBy(() -> Proportion.same(new int[2], new int[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 true values and 3 told");
    }

    @Test
    void wilsonOfEightOfTen() {
        Interval interval = new Proportion(8, 10).interval();
        assertThat(interval.value()).isEqualTo(0.8);
        assertThat(interval.low()).isCloseTo(0.4902, within(5e-5));
        assertThat(interval.high()).isCloseTo(0.9433, within(5e-5));
    }

    /** By definition its ends are the p at which the observed share lies z standard deviations off. */
    @Test
    void endsOfTheIntervalSolveTheScoreEquation() {
        for (int trials : new int[] {1, 7, 50, 333}) {
            for (int hits = 0; hits <= trials; hits++) {
                Interval interval = new Proportion(hits, trials).interval();
                for (double end : new double[] {interval.low(), interval.high()}) {
                    double distance = (double) hits / trials - end;
                    assertThat(distance * distance).isCloseTo(Z * Z * end * (1 - end) / trials, within(1e-12));
                }
                assertThat(interval.low()).isBetween(0.0, interval.value());
                assertThat(interval.high()).isBetween(interval.value(), 1.0);
            }
        }
    }

    @Test
    void withoutTrialsAnythingIsPossible() {
        Interval interval = new Proportion(0, 0).interval();
        assertThat(interval.value()).isNaN();
        assertThat(interval.low()).isZero();
        assertThat(interval.high()).isOne();
    }
}
