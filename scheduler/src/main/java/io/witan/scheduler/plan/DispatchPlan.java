package io.witan.scheduler.plan;

import java.util.Arrays;

/**
 * Which share of each source's assignments goes to which holder (Hecate, section 4.4).
 *
 * @param counts counts[s][e][h] = token assignments of source rank s to expert e that rank h computes; s, h in 0..R-1.
 *     Inside a source's list for an expert the holders take consecutive runs in ascending rank order. Owned by the plan;
 *     do not change. Rows [s][e] that are all zero may be one and the same array.
 */
public record DispatchPlan(int[][][] counts) {
    public int rankCount() {
        return counts.length;
    }

    public int expertCount() {
        return counts[0].length;
    }

    /** Assignments from one rank to another, over all experts. */
    public int rows(int source, int target) {
        int n = 0;
        for (int[] byHolder : counts[source]) {
            n += byHolder[target];
        }
        return n;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DispatchPlan that && Arrays.deepEquals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(counts);
    }

    @Override
    public String toString() {
        return "DispatchPlan" + Arrays.deepToString(counts);
    }
}
