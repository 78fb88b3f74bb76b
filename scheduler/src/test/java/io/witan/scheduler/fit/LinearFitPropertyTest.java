package io.witan.scheduler.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
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

    private static double squares(List<Sample> samples, LinearTime time) {
        return samples.stream()
                .mapToDouble(sample -> Math.pow(sample.ms() - time.ms(sample.size()), 2))
                .sum();
    }
}
