package io.witan.scheduler.fit;

import java.util.List;

/**
 * Ordinary least squares of t = alpha + n x beta under alpha, beta >= 0: where the plain line has a negative number, that number is 0 and the
 * other is fitted alone, which is the constrained optimum of two variables.
 *
 * @param time the line
 * @param r2 1 - squared residuals / squared distances from the mean; negative where a line through 0 does worse than the mean
 * @param residualMs root of the mean squared residual, over (samples - 2)
 * @param samples that it was fitted to
 */
public record LinearFit(LinearTime time, double r2, double residualMs, int samples) {
    /** Fewer say nothing of how well a line fits. */
    public static final int LEAST_SAMPLES = 3;

    /** Sizes that differ by less than this share of the largest are one size. */
    private static final double SAME_SIZE = 1e-9;

    /**
     * @throws IllegalArgumentException for fewer than {@link #LEAST_SAMPLES} samples, sizes that don't differ, or times that are all 0
     */
    public static LinearFit of(List<Sample> samples) {
        if (samples.size() < LEAST_SAMPLES) {
            throw new IllegalArgumentException(
                    "line through " + samples.size() + " samples; allowed " + LEAST_SAMPLES + " or more");
        }
        double meanSize = samples.stream().mapToDouble(Sample::size).average().orElseThrow();
        double meanMs = samples.stream().mapToDouble(Sample::ms).average().orElseThrow();
        double largest = samples.stream().mapToDouble(Sample::size).max().orElseThrow();
        double smallest = samples.stream().mapToDouble(Sample::size).min().orElseThrow();
        if (largest - smallest <= SAME_SIZE * largest) {
            throw new IllegalArgumentException(
                    "line through samples of the one size " + largest + "; sizes must differ");
        }
        if (meanMs == 0) {
            throw new IllegalArgumentException("line through " + samples.size() + " samples of 0 ms each");
        }
        LinearTime time = line(samples, meanSize, meanMs);
        double residual = squaredResidual(samples, time);
        double spread = 0;
        for (Sample sample : samples) {
            spread += square(sample.ms() - meanMs);
        }
        double r2 = spread == 0 ? (residual == 0 ? 1 : 0) : 1 - residual / spread;
        return new LinearFit(time, r2, Math.sqrt(residual / (samples.size() - 2)), samples.size());
    }

    private static LinearTime line(List<Sample> samples, double meanSize, double meanMs) {
        double sizes = 0;
        double products = 0;
        for (Sample sample : samples) {
            sizes += square(sample.size() - meanSize);
            products += (sample.size() - meanSize) * (sample.ms() - meanMs);
        }
        double beta = products / sizes;
        double alpha = meanMs - beta * meanSize;
        if (beta < 0) {
            return new LinearTime(meanMs, 0);
        }
        return alpha < 0 ? throughOrigin(samples) : new LinearTime(alpha, beta);
    }

    private static LinearTime throughOrigin(List<Sample> samples) {
        double sizes = 0;
        double products = 0;
        for (Sample sample : samples) {
            sizes += square(sample.size());
            products += sample.size() * sample.ms();
        }
        return new LinearTime(0, products / sizes);
    }

    private static double squaredResidual(List<Sample> samples, LinearTime time) {
        double sum = 0;
        for (Sample sample : samples) {
            sum += square(sample.ms() - time.ms(sample.size()));
        }
        return sum;
    }

    private static double square(double x) {
        return x * x;
    }
}
