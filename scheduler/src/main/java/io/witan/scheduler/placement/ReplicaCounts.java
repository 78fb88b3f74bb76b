package io.witan.scheduler.placement;

import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/**
 * How many holders each expert has, grown one decision at a time: the expert of largest load / holders gets the next (as EPLB and
 * LAER-MoE choose), the lower one in a tie. An expert without load gets none. One thread at a time.
 */
public final class ReplicaCounts {
    private final long[] load;
    private final int[] counts;
    private final int most;
    private int total;

    /** A binary heap of experts, the next one on top: children of i are 2i + 1 and 2i + 2. */
    private final int[] heap;

    private int heapSize;

    /**
     * @param load load[e], 0 or more; read only
     * @param start holders of each expert to begin with, at least 1; copied
     * @param most holders that one expert can have
     */
    public ReplicaCounts(long[] load, int[] start, int most) {
        this.load = load;
        this.counts = start.clone();
        this.most = most;
        this.total = Arrays.stream(start).sum();
        this.heap = new int[load.length];
        fillHeap();
    }

    private void fillHeap() {
        heapSize = 0;
        for (int e = 0; e < load.length; e++) {
            if (load[e] > 0 && counts[e] < most) {
                heap[heapSize++] = e;
            }
        }
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            sink(i);
        }
    }

    /** Grows by single holders until there are {@code limit} in all, or no expert can use one more. */
    public void growTo(int limit) {
        boolean leapt = true;
        while (leapt && limit - total > heapSize) {
            leapt = leapTowards(limit);
        }
        while (total < limit && heapSize > 0) {
            grow(1);
        }
    }

    /**
     * All growth of experts with more than some load a holder comes before any other, so it can be done at once: up to
     * load / bound, rounded up. With bound = load that grows / holders for it that is not too much, and falls short by no more than
     * one for each expert, or by what the cap leaves over.
     *
     * @return true if any grew
     */
    private boolean leapTowards(int limit) {
        long all = 0;
        long wanted = (long) limit - total - heapSize;
        for (int i = 0; i < heapSize; i++) {
            all += load[heap[i]];
            wanted += counts[heap[i]];
        }
        if (wanted < 1 || all == 0) {
            return false;
        }
        long bound = Math.ceilDiv(all, wanted);
        long sum = total;
        for (int i = 0; i < heapSize; i++) {
            sum += Math.max(0, leap(heap[i], bound) - counts[heap[i]]);
        }
        if (sum == total || sum > limit) {
            return false;
        }
        for (int i = 0; i < heapSize; i++) {
            counts[heap[i]] = Math.max(counts[heap[i]], leap(heap[i], bound));
        }
        total = (int) sum;
        fillHeap();
        return true;
    }

    private int leap(int expert, long bound) {
        return (int) Math.min(most, Math.ceilDiv(load[expert], bound));
    }

    /**
     * Grows until there are {@code limit} in all; an expert that has a holder on each of {@code nodes} nodes grows by one on each,
     * or no more if there is no room for that (LAER-MoE).
     */
    public void growByNodesTo(int limit, int nodes) {
        while (total < limit && heapSize > 0) {
            int count = counts[heap[0]];
            int step = count < nodes ? 1 : nodes;
            if (total + step <= limit && count + step <= most) {
                grow(step);
            } else {
                removeTop();
            }
        }
    }

    /** Holders of each expert now; a copy. */
    public int[] counts() {
        return counts.clone();
    }

    /** Holders of all experts together. */
    public int total() {
        return total;
    }

    private void grow(int step) {
        int expert = heap[0];
        counts[expert] += step;
        total += step;
        if (counts[expert] < most) {
            sink(0);
        } else {
            removeTop();
        }
    }

    private void removeTop() {
        heap[0] = heap[--heapSize];
        sink(0);
    }

    private void sink(int from) {
        int at = from;
        int child = 2 * at + 1;
        while (child < heapSize) {
            child += child + 1 < heapSize && isBefore(heap[child + 1], heap[child]) ? 1 : 0;
            if (!isBefore(heap[child], heap[at])) {
                return;
            }
            int expert = heap[at];
            heap[at] = heap[child];
            heap[child] = expert;
            at = child;
            child = 2 * at + 1;
        }
    }

    private boolean isBefore(int a, int b) {
        int byRatio = LoadOrder.compareRatios(load[a], counts[a], load[b], counts[b]);
        return byRatio > 0 || (byRatio == 0 && a < b);
    }
}
