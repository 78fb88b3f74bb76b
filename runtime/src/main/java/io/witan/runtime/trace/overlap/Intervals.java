package io.witan.runtime.trace.overlap;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** A set of moments, in ns: disjoint intervals in ascending order. Immutable. */
final class Intervals {
    /** From begin to end, without the end. */
    record Interval(long beginNs, long endNs) {}

    private final long[] bounds;
    private final int count;

    private Intervals(long[] bounds, int count) {
        this.bounds = bounds;
        this.count = count;
    }

    /** All moments of any of these, in any order. */
    static Intervals union(List<Interval> parts) {
        List<Interval> sorted = parts.stream()
                .filter(part -> part.endNs > part.beginNs)
                .sorted(Comparator.comparingLong(Interval::beginNs))
                .toList();
        long[] bounds = new long[2 * sorted.size()];
        int count = 0;
        for (Interval part : sorted) {
            if (count > 0 && part.beginNs <= bounds[2 * count - 1]) {
                bounds[2 * count - 1] = Math.max(bounds[2 * count - 1], part.endNs);
            } else {
                bounds[2 * count] = part.beginNs;
                bounds[2 * count + 1] = part.endNs;
                count++;
            }
        }
        return new Intervals(Arrays.copyOf(bounds, 2 * count), count);
    }

    long lengthNs() {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += bounds[2 * i + 1] - bounds[2 * i];
        }
        return sum;
    }

    /** Length of the moments that both have. */
    long sharedNs(Intervals other) {
        long sum = 0;
        int i = 0;
        int k = 0;
        while (i < count && k < other.count) {
            long begin = Math.max(bounds[2 * i], other.bounds[2 * k]);
            long end = Math.min(bounds[2 * i + 1], other.bounds[2 * k + 1]);
            sum += Math.max(0, end - begin);
            if (bounds[2 * i + 1] < other.bounds[2 * k + 1]) {
                i++;
            } else {
                k++;
            }
        }
        return sum;
    }
}
