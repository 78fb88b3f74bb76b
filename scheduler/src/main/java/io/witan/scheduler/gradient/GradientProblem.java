package io.witan.scheduler.gradient;

import io.witan.scheduler.fit.LinearTime;
import java.util.ArrayList;
import java.util.List;

/**
 * Backward of a model as segments, and what an all-reduce costs.
 *
 * @param segments in the order in which backward runs them
 * @param allReduce by bytes
 */
public record GradientProblem(List<GradientSegment> segments, LinearTime allReduce) {
    /** Slices begin at multiples of so many bytes. */
    public static final long ALIGNMENT = 16;

    /** @throws IllegalArgumentException without a segment */
    public GradientProblem {
        segments = List.copyOf(segments);
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("gradients to place in no segment; allowed 1 or more");
        }
    }

    public long totalBytes() {
        long bytes = 0;
        for (GradientSegment segment : segments) {
            bytes += segment.readyBytes();
        }
        return bytes;
    }

    /** Time of a segment with so many bytes of gradients in it. */
    double ms(int segment, double bytes) {
        return segments.get(segment).host().ms(allReduce.msIfAny(bytes));
    }

    /**
     * The plan that sends so many bytes in each segment, oldest first, and the rest exposed at the end.
     *
     * @param bytes for each segment, multiples of {@link #ALIGNMENT}
     * @throws IllegalArgumentException if a segment should send more than is ready by then, or bytes that are no such multiple
     */
    public GradientPlan plan(long[] bytes) {
        if (bytes.length != segments.size()) {
            throw new IllegalArgumentException(bytes.length + " segments' bytes for " + segments.size() + " segments");
        }
        List<GradientSlice> slices = new ArrayList<>();
        long ready = 0;
        long sent = 0;
        double total = 0;
        double without = 0;
        for (int i = 0; i < bytes.length; i++) {
            ready += segments.get(i).readyBytes();
            if (bytes[i] < 0 || bytes[i] % ALIGNMENT != 0 || bytes[i] > ready - sent) {
                throw new IllegalArgumentException(
                        "segment " + i + " should send " + bytes[i] + " B; allowed multiples of " + ALIGNMENT
                                + " up to the " + (ready - sent) + " B ready by then");
            }
            if (bytes[i] > 0) {
                slices.add(new GradientSlice(i, sent, sent + bytes[i]));
            }
            sent += bytes[i];
            total += ms(i, bytes[i]);
            without += ms(i, 0);
        }
        if (sent < ready) {
            slices.add(new GradientSlice(bytes.length, sent, ready));
        }
        total += allReduce.msIfAny(ready - sent);
        return new GradientPlan(slices, total, total - without);
    }

    static long align(double bytes) {
        return (long) (bytes / ALIGNMENT) * ALIGNMENT;
    }
}
