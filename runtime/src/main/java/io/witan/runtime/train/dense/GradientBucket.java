package io.witan.runtime.train.dense;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Complete gradients that wait to travel, as one bucket in the order of backward. Parameters lie in the order of forward, so the bucket takes what
 * becomes complete together from its end to its front: a slice of several layers that lie side by side is one range.
 */
final class GradientBucket {
    private final Deque<ByteRange> waiting = new ArrayDeque<>();
    private long bytes;

    /** @param ranges that don't overlap, in any order */
    void add(List<ByteRange> ranges) {
        ranges.stream()
                .sorted(Comparator.comparingLong(ByteRange::from).reversed())
                .forEach(range -> {
                    waiting.add(range);
                    bytes += range.bytes();
                });
    }

    /** Bytes that wait. */
    long bytes() {
        return bytes;
    }

    /**
     * The oldest bytes leave.
     *
     * @param most all that wait, if there are fewer
     * @return what they are, with neighbours put together
     */
    List<ByteRange> take(long most) {
        List<ByteRange> taken = new ArrayList<>();
        long left = Math.min(most, bytes);
        bytes -= left;
        while (left > 0) {
            ByteRange first = waiting.remove();
            long from = Math.max(first.from(), first.to() - left);
            if (from > first.from()) {
                waiting.addFirst(new ByteRange(first.from(), from));
            }
            left -= first.to() - from;
            boolean beside = !taken.isEmpty() && taken.getLast().from() == first.to();
            taken.add(new ByteRange(from, beside ? taken.removeLast().to() : first.to()));
        }
        return taken;
    }

    /** Nothing waits any more. */
    void clear() {
        waiting.clear();
        bytes = 0;
    }
}
