package io.witan.scheduler.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LinearFitTest {
    @Test
    void findsTheLineThatSamplesLieOn() {
        LinearTime line = new LinearTime(0.287, 2.21e-7);
        LinearFit fit = LinearFit.of(IntStream.rangeClosed(1, 24)
                .mapToObj(i -> new Sample(i * 262144.0, line.ms(i * 262144.0)))
                .toList());
        assertThat(fit.time().alphaMs()).isCloseTo(0.287, within(1e-12));
        assertThat(fit.time().betaMs()).isCloseTo(2.21e-7, within(1e-18));
        assertThat(fit.r2()).isCloseTo(1, within(1e-12));
        assertThat(fit.residualMs()).isCloseTo(0, within(1e-12));
        assertThat(fit.samples()).isEqualTo(24);
    }

    @Test
    void aKnownExampleByHand() {
        // Means 2 and 3; sxx = 2, sxy = 2, so t = 1 + n; residuals 0.5, -1, 0.5 over 1 degree of freedom; syy = 3.5.
        LinearFit fit = LinearFit.of(List.of(new Sample(1, 2.5), new Sample(2, 2), new Sample(3, 4.5)));
        assertThat(fit.time().alphaMs()).isCloseTo(1, within(1e-12));
        assertThat(fit.time().betaMs()).isCloseTo(1, within(1e-12));
        assertThat(fit.residualMs()).isCloseTo(Math.sqrt(1.5), within(1e-12));
        assertThat(fit.r2()).isCloseTo(1 - 1.5 / 3.5, within(1e-12));
    }

    @Test
    void aLineWithNegativeNumbersIsFittedWithoutThem() {
        LinearFit falling = LinearFit.of(List.of(new Sample(1, 3), new Sample(2, 2), new Sample(3, 1)));
        assertThat(falling.time()).isEqualTo(new LinearTime(2, 0));
        assertThat(falling.r2()).isCloseTo(0, within(1e-12));
        LinearFit steep = LinearFit.of(List.of(new Sample(1, 0), new Sample(2, 1), new Sample(3, 2)));
        assertThat(steep.time().alphaMs()).isZero();
        assertThat(steep.time().betaMs()).isCloseTo(8.0 / 14, within(1e-12));
    }

    @Test
    void tooFewOrDegenerateSamplesAreRefused() {
        assertThatThrownBy(() -> LinearFit.of(List.of(new Sample(1, 1), new Sample(2, 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 samples");
        assertThatThrownBy(() -> LinearFit.of(List.of(new Sample(7, 1), new Sample(7, 2), new Sample(7, 3))))
                .hasMessageContaining("one size 7.0");
        assertThatThrownBy(() -> LinearFit.of(List.of(new Sample(0, 1), new Sample(0, 2), new Sample(0, 3))))
                .hasMessageContaining("one size 0.0");
        assertThatThrownBy(() -> LinearFit.of(List.of(new Sample(1, 0), new Sample(2, 0), new Sample(3, 0))))
                .hasMessageContaining("0 ms");
        assertThatThrownBy(() -> new Sample(1, Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> new Sample(-1, 1)).hasMessageContaining("-1.0");
        assertThatThrownBy(() -> new LinearTime(0, Double.POSITIVE_INFINITY)).hasMessageContaining("Infinity");
    }

    @Test
    void constantTimesAreAGoodFitOfAConstant() {
        LinearFit fit = LinearFit.of(List.of(new Sample(1, 5), new Sample(2, 5), new Sample(3, 5)));
        assertThat(fit.time()).isEqualTo(new LinearTime(5, 0));
        assertThat(fit.r2()).isEqualTo(1);
    }

    @Test
    void sizesThatFitATime() {
        LinearTime line = new LinearTime(0.5, 0.25);
        assertThat(line.sizeIn(1.5)).isEqualTo(4);
        assertThat(line.ms(line.sizeIn(7))).isEqualTo(7);
        assertThat(line.sizeIn(0.5)).isZero();
        assertThat(line.sizeIn(0.1)).isZero();
        assertThat(new LinearTime(1, 0).sizeIn(2)).isInfinite();
        assertThat(line.msIfAny(0)).isZero();
        assertThat(line.ms(0)).isEqualTo(0.5);
        assertThat(line.times(2)).isEqualTo(new LinearTime(1, 0.5));
    }
}
