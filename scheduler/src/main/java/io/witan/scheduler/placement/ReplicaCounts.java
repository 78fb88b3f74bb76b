package io.witan.scheduler.placement;

import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * How many holders each expert has, grown one decision at a time: the expert of largest load / holders gets the next (as EPLB and
 * LAER-MoE choose). An expert without load gets none. One thread at a time.
 */
public final class ReplicaCounts {
    private final long[] load;
    private final int[] counts;
    private final int most;
    private final PriorityQueue<Integer> hungriest;
    private int total;

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
        this.hungriest = new PriorityQueue<>(Math.max(1, load.length), (a, b) -> {
            int byRatio = LoadOrder.compareRatios(load[b], counts[b], load[a], counts[a]);
            return byRatio != 0 ? byRatio : Integer.compare(a, b);
        });
        for (int e = 0; e < load.length; e++) {
            if (load[e] > 0 && counts[e] < most) {
                hungriest.add(e);
            }
        }
    }

    /** Grows by single holders until there are {@code limit} in all, or no expert can use one more. */
    public void growTo(int limit) {
        while (total < limit && !hungriest.isEmpty()) {
            add(hungriest.remove(), 1);
        }
    }

    /**
     * Grows until there are {@code limit} in all; an expert that has a holder on each of {@code nodes} nodes grows by one on each,
     * or no more if there is no room for that (LAER-MoE).
     */
    public void growByNodesTo(int limit, int nodes) {
        while (total < limit && !hungriest.isEmpty()) {
            int e = hungriest.remove();
            int step = counts[e] < nodes ? 1 : nodes;
            if (total + step <= limit && counts[e] + step <= most) {
                add(e, step);
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

    private void add(int expert, int step) {
        counts[expert] += step;
        total += step;
        if (counts[expert] < most) {
            hungriest.add(expert);
        }
    }
}
