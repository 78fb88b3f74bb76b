package io.witan.scheduler.gradient;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The paper's first step: every segment's window is filled, with its own gradients first, then with what earlier ones left, newest
 * first. Nothing travels that would cost time; what fits nowhere is left over.
 *
 * @param sent bytes that travel in each segment, for free
 * @param left bytes of each segment's own gradients that no window took
 */
record GreedyPartition(long[] sent, long[] left) {
    private record Pending(int segment, long bytes) {}

    static GreedyPartition of(GradientProblem problem) {
        int count = problem.segments().size();
        long total = problem.totalBytes();
        long[] sent = new long[count];
        Deque<Pending> stack = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            GradientSegment segment = problem.segments().get(i);
            if (segment.readyBytes() > 0) {
                stack.push(new Pending(i, segment.readyBytes()));
            }
            double fits = problem.allReduce().sizeIn(segment.host().windowMs());
            long room = GradientProblem.align(Math.min(fits, total));
            while (room > 0 && !stack.isEmpty()) {
                Pending newest = stack.pop();
                long taken = Math.min(room, newest.bytes());
                sent[i] += taken;
                room -= taken;
                if (taken < newest.bytes()) {
                    stack.push(new Pending(newest.segment(), newest.bytes() - taken));
                }
            }
            long odd = sent[i] % GradientProblem.ALIGNMENT;
            if (odd > 0) {
                sent[i] -= odd;
                stack.push(new Pending(i, odd));
            }
        }
        long[] left = new long[count];
        for (Pending pending : stack) {
            left[pending.segment()] += pending.bytes();
        }
        return new GreedyPartition(sent, left);
    }
}
