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
    static List<Long> range(long min, long max, long factor) {
        if (min < Float.BYTES) {
            throw new IllegalArgumentException("--min " + min + " is less than one float, " + Float.BYTES + " B");
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

    /** Rounded down to equal parts of whole floats; at least one float a part. */
    static long even(long bytes, int parts) {
        long unit = (long) parts * Float.BYTES;
        return Math.max(unit, bytes / unit * unit);
    }

    /**
     * Parts of whole floats that sum up to bytes: part p weighs 1 / (p + 1)^exponent, what rounding leaves goes to part 0.
     *
     * @param bytes a multiple of 4
     * @param exponent 0: equal
     */
    static long[] split(long bytes, int parts, double exponent) {
        double sum = 0;
        for (int p = 0; p < parts; p++) {
            sum += Math.pow(p + 1.0, -exponent);
        }
        long total = bytes / Float.BYTES;
        long[] lengths = new long[parts];
        long used = 0;
        for (int p = 0; p < parts; p++) {
            long floats = (long) (total * Math.pow(p + 1.0, -exponent) / sum);
            lengths[p] = floats * Float.BYTES;
            used += floats;
        }
        lengths[0] += (total - used) * Float.BYTES;
        return lengths;
    }
}
