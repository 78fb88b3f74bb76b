package io.witan.scheduler.simulate;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;

/**
 * What the rule of {@link io.witan.scheduler.dispatch.TopologyDispatch} adds up to, without the plan itself, which has R x E x R
 * numbers: so that a thousand ranks fit in memory. Assignments, not bytes.
 *
 * @param computed assignments that each rank computes
 * @param insideIn that a rank gets from others of its node
 * @param insideOut that it sends to others of its node
 * @param networkIn that a node gets over the network
 * @param networkOut that it sends
 */
public record DispatchTotals(long[] computed, long[] insideIn, long[] insideOut, long[] networkIn, long[] networkOut) {
    /**
     * @param counts counts[s][e]
     * @throws IllegalArgumentException if shapes differ
     */
    public static DispatchTotals of(Topology topology, Placement placement, int[][] counts) {
        if (counts.length != topology.rankCount() || placement.rankCount() != topology.rankCount()) {
            throw new IllegalArgumentException("dispatch totals: counts of " + counts.length + " ranks, placement of "
                    + placement.rankCount() + ", topology of " + topology.rankCount());
        }
        int ranks = topology.rankCount();
        int nodes = topology.nodeCount();
        DispatchTotals totals =
                new DispatchTotals(new long[ranks], new long[ranks], new long[ranks], new long[nodes], new long[nodes]);
        int[] nodeOf = new int[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            nodeOf[rank] = topology.nodeOf(rank);
        }
        for (int expert = 0; expert < placement.expertCount(); expert++) {
            totals.addExpert(topology, nodeOf, placement.holders(expert), expert, counts);
        }
        return totals;
    }

    private void addExpert(Topology topology, int[] nodeOf, int[] holders, int expert, int[][] counts) {
        int from = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            int first = topology.firstRank(node);
            int end = first + topology.rankCount(node);
            int to = from;
            while (to < holders.length && holders[to] < end) {
                to++;
            }
            int[] sharers = to > from ? Arrays.copyOfRange(holders, from, to) : holders;
            for (int source = first; source < end; source++) {
                share(nodeOf, sharers, source, expert, counts[source][expert]);
            }
            from = to;
        }
    }

    private void share(int[] nodeOf, int[] sharers, int source, int expert, int count) {
        if (Arrays.binarySearch(sharers, source) >= 0) {
            computed[source] += count;
            return;
        }
        int next = (int) (((long) source + expert) % sharers.length);
        int each = count / sharers.length;
        int extra = count % sharers.length;
        for (int i = 0; i < sharers.length; i++) {
            int behind = Math.floorMod(i - next, sharers.length);
            add(nodeOf, source, sharers[i], each + (behind < extra ? 1 : 0));
        }
    }

    private void add(int[] nodeOf, int source, int target, int count) {
        computed[target] += count;
        if (nodeOf[source] == nodeOf[target]) {
            insideIn[target] += count;
            insideOut[source] += count;
        } else {
            networkIn[nodeOf[target]] += count;
            networkOut[nodeOf[source]] += count;
        }
    }
}
