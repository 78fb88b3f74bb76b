package io.witan.scheduler.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class LinearFitPropertyTest {
    /** No line with numbers of 0 or more has smaller squared residuals: thousands around the fit and all over are tried. */
    @Property(tries = 100)
    void noLineFitsBetter(@ForAll long seed, @ForAll @IntRange(min = 3, max = 30) int count) {
        Random random = new Random(seed);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            samples.add(new Sample(1 + random.nextInt(100) + i * 1e-3, 10 * random.nextDouble()));
        }
        LinearTime fitted = LinearFit.of(samples).time();
        double least = squares(samples, fitted);
        for (int i = 0; i < 1000; i++) {
            double scale = Math.pow(10, -random.nextInt(6));
            double alpha = Math.max(0, fitted.alphaMs() + scale * random.nextGaussian());
            double beta = Math.max(0, fitted.betaMs() + scale * random.nextGaussian() / 50);
            assertThat(squares(samples, new LinearTime(alpha, beta))).isGreaterThanOrEqualTo(least - 1e-9);
        }
    }

    /** Both numbers within six of their standard errors, which with a 1 % deviation are far below the numbers. */
    @Property(tries = 200)
    void findsAlphaAndBetaThroughNoise(
            @ForAll long seed,
            @ForAll @DoubleRange(min = 0.1, max = 2) double alpha,
            @ForAll @DoubleRange(min = 0.05, max = 3) double beta) {
        LinearTime truth = new LinearTime(alpha, beta);
        double deviation = 0.01 * alpha;
        Random random = new Random(seed);
        List<Sample> samples = new ArrayList<>();
        for (int size = 1; size <= 32; size *= 2) {
            for (int repeat = 0; repeat < 30; repeat++) {
                samples.add(new Sample(size, truth.ms(size) + deviation * random.nextGaussian()));
            }
        }
        double mean = samples.stream().mapToDouble(Sample::size).average().orElseThrow();
        double spread = samples.stream()
                .mapToDouble(sample -> Math.pow(sample.size() - mean, 2))
                .sum();
        LinearFit fit = LinearFit.of(samples);
        assertThat(fit.time().betaMs()).isCloseTo(beta, within(6 * deviation / Math.sqrt(spread)));
        assertThat(fit.time().alphaMs())
                .isCloseTo(alpha, within(6 * deviation * Math.sqrt(1.0 / samples.size() + mean * mean / spread)));
        assertThat(fit.residualMs()).isCloseTo(deviation, withinPercentage(30));
        assertThat(fit.r2()).isGreaterThan(0.99);
    }

    private static double squares(List<Sample> samples, LinearTime time) {
        return samples.stream()
                .mapToDouble(sample -> Math.pow(sample.ms() - time.ms(sample.size()), 2))
                .sum();
    }
}
