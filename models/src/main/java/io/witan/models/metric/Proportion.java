package io.witan.models.metric;

import java.util.stream.IntStream;

/**
 * How many of a number of trials were hits: accuracy, or any other share.
 *
 * @param hits from 0 to {@code trials}
 * @param trials at least 0
 */
public record Proportion(int hits, int trials) {
    /** The 97.5 % point of the normal distribution. */
    private static final double Z = 1.959963984540054;

    public Proportion {
        if (hits < 0 || hits > trials) {
            throw new IllegalArgumentException(hits + " hits of " + trials);
        }
    }

    /** Accuracy: where both say the same. */
    public static Proportion same(int[] truth, int[] told) {
        requireSameLength(truth.length, told.length);
        int hits = (int) IntStream.range(0, truth.length)
                .filter(i -> truth[i] == told[i])
                .count();
        return new Proportion(hits, truth.length);
    }

    static void requireSameLength(int truth, int told) {
        if (truth != told) {
            throw new IllegalArgumentException(truth + " true values and " + told + " told");
        }
    }

    /** NaN of no trials. */
    public double value() {
        return (double) hits / trials;
    }

    /** Wilson's score interval (1927), which stays within 0 and 1; from 0 to 1 of no trials. */
    public Interval interval() {
        if (trials == 0) {
            return new Interval(Double.NaN, 0, 1);
        }
        double p = value();
        double spread = Z * Z / trials;
        double centre = (p + spread / 2) / (1 + spread);
        double half = Z / (1 + spread) * Math.sqrt(p * (1 - p) / trials + spread / (4 * trials));
        return new Interval(p, hits == 0 ? 0 : centre - half, hits == trials ? 1 : centre + half);
    }
}
