package io.witan.benchmarks.collectives;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as users write them, and the sizes of a run. */
final class BenchSizes {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})([KMGkmg]?)(?:i?[Bb])?");

    private BenchSizes() {}

    /** @throws IllegalArgumentException unless text is like 8, 64K, 64M or 1GiB */
    static long parse(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no size; allowed are bytes such as 8, 64K or 64M");
        }
        int shift =
                switch (size.group(2)) {
                    case "K", "k" -> 10;
                    case "M", "m" -> 20;
                    case "G", "g" -> 30;
                    default -> 0;
                };
        return Math.multiplyExact(Long.parseLong(size.group(1)), 1L << shift);
    }

    /**
     * From min to max, each factor times the one before.
     *
     * @throws IllegalArgumentException if there are none, or they do not grow
     */
    static List<Long> range(long min, long max, long factor, BenchType type) {
        if (min < type.bytes()) {
            throw new IllegalArgumentException(
                    "--min " + min + " is less than an element of " + type.label() + ", " + type.bytes() + " B");
        }
        if (min > max) {
            throw new IllegalArgumentException("--min " + min + " is more than --max " + max);
        }
        if (factor < 2) {
            throw new IllegalArgumentException("--factor " + factor + " must be 2 or more");
        }
        List<Long> sizes = new ArrayList<>();
        for (long size = min; size <= max; size = Math.multiplyExact(size, factor)) {
            sizes.add(size);
        }
        return List.copyOf(sizes);
    }

    /** Rounded down to equal parts of whole elements; at least one element a part. */
    static long even(long bytes, int parts, BenchType type) {
        long unit = (long) parts * type.bytes();
        return Math.max(unit, bytes / unit * unit);
    }

    /**
     * Parts of whole elements that sum up to bytes: part p weighs 1 / (p + 1)^exponent, what rounding leaves goes to part 0.
     *
     * @param bytes whole elements
     * @param exponent 0: equal
     */
    static long[] split(long bytes, int parts, double exponent, BenchType type) {
        double sum = 0;
        for (int p = 0; p < parts; p++) {
            sum += Math.pow(p + 1.0, -exponent);
        }
        long total = bytes / type.bytes();
        long[] lengths = new long[parts];
        long used = 0;
        for (int p = 0; p < parts; p++) {
            long elements = (long) (total * Math.pow(p + 1.0, -exponent) / sum);
            lengths[p] = elements * type.bytes();
            used += elements;
        }
        lengths[0] += (total - used) * type.bytes();
        return lengths;
    }
}
