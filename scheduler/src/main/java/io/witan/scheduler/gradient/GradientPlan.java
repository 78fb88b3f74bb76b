package io.witan.scheduler.gradient;

import java.util.List;

/**
 * What travels where.
 *
 * @param slices in the order of segments, without empty ones; together the whole bucket; the optimizer waits for the last
 * @param totalMs backward with all slices, and the exposed rest after it
 * @param exposedMs of it more than backward takes without any all-reduce
 */
public record GradientPlan(List<GradientSlice> slices, double totalMs, double exposedMs) {
    public GradientPlan {
        slices = List.copyOf(slices);
    }

    /** Bytes that travel in a segment. */
    public long bytesIn(int segment) {
        return slices.stream()
                .filter(slice -> slice.segment() == segment)
                .mapToLong(GradientSlice::bytes)
                .sum();
    }
}
