package io.witan.models.metric;

import java.util.Arrays;

/** The mean of a measure over runs that differ in the seed alone. */
public final class SeedMean {
    private static final double NORMAL_QUANTILE = 1.959963984540054;

    /** The 0.975 quantiles of Student's t for 1, 2, ... degrees of freedom. */
    private static final double[] QUANTILES = {
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448,
        2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860
    };

    private SeedMean() {}

    /**
     * Where the mean over all seeds lies if runs are normal: mean +- t s / sqrt(n), with Student's t of n - 1 degrees of freedom
     * and s^2 the unbiased variance. A single run tells nothing of it: the interval is infinite.
     *
     * @param values [n] one a run, at least one
     */
    public static Interval of(double... values) {
        int n = values.length;
        double mean = Arrays.stream(values).average().orElseThrow();
        if (n == 1) {
            return new Interval(mean, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        }
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        double half = quantile(n - 1) * Math.sqrt(squares / (n - 1) / n);
        return new Interval(mean, mean - half, mean + half);
    }

    /**
     * The 0.975 quantile of Student's t. Beyond the table: the expansion in 1 / degrees of the normal quantile (Abramowitz and
     * Stegun 26.7.5), four terms.
     */
    static double quantile(int degrees) {
        if (degrees <= QUANTILES.length) {
            return QUANTILES[degrees - 1];
        }
        double z = NORMAL_QUANTILE;
        double z2 = z * z;
        double first = z * (z2 + 1) / 4;
        double second = z * (5 * z2 * z2 + 16 * z2 + 3) / 96;
        double third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
        return z + (first + (second + third / degrees) / degrees) / degrees;
    }
}
