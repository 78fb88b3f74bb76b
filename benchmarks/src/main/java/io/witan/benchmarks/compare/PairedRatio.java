package io.witan.benchmarks.compare;

import java.util.Arrays;
import java.util.Map;

/**
 * Ratios of two sides, taken inside each pair, and their median.
 *
 * @param low lower end of the interval that holds the median of all such ratios with a probability of 95 % or more; NaN if
 *     there are too few pairs for one
 */
public record PairedRatio(int pairs, double median, double least, double most, double low, double high) {
    private static final double MISSED_AT_EACH_END = 0.025;

    /** Of the pairs that both have: time in {@code over} by time in {@code under}. Null if there is none. */
    public static PairedRatio of(Map<Integer, Double> over, Map<Integer, Double> under) {
        double[] ratios = over.entrySet().stream()
                .filter(pair -> under.containsKey(pair.getKey()))
                .mapToDouble(pair -> pair.getValue() / under.get(pair.getKey()))
                .sorted()
                .toArray();
        return ratios.length == 0 ? null : of(ratios);
    }

    private static PairedRatio of(double[] sorted) {
        int cut = cut(sorted.length);
        return new PairedRatio(
                sorted.length,
                medianOf(sorted),
                sorted[0],
                sorted[sorted.length - 1],
                cut < 0 ? Double.NaN : sorted[cut],
                cut < 0 ? Double.NaN : sorted[sorted.length - 1 - cut]);
    }

    public boolean hasInterval() {
        return !Double.isNaN(low);
    }

    /**
     * How many of n ordered values may be left out at each end, so that the rest still spans the median with 95 %: each value is
     * below the median with probability 1/2, whatever the distribution (the interval of the sign test). -1: n is too small.
     */
    static int cut(int n) {
        double ways = 1;
        double outside = 0;
        int cut = -1;
        for (int below = 0; below < n; below++) {
            outside += ways / Math.pow(2, n);
            if (outside > MISSED_AT_EACH_END) {
                break;
            }
            cut = below;
            ways = ways * (n - below) / (below + 1);
        }
        return cut;
    }

    /** NaN if there is no value. */
    public static double medianOf(double... values) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public static double medianOf(Map<Integer, Double> times) {
        return medianOf(times.values().stream().mapToDouble(Double::doubleValue).toArray());
    }
}
