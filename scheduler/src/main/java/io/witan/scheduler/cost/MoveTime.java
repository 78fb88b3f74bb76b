package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Topology;
import java.util.List;

/** What a change of owners costs: parameters and optimizer state travel once, straight from the old owner to the new one. */
public final class MoveTime {
    private MoveTime() {}

    /**
     * Least time of all moves together: start-up + the largest of bytes into or out of a rank / speed inside a node and bytes into
     * or out of a node / speed of its card. 0 if no owner changes.
     *
     * @param layers cost of each layer; the first one's links and start-up count
     * @param before owner[l][e]
     * @param after owner[l][e]
     */
    public static long ns(Topology topology, List<LayerCost> layers, int[][] before, int[][] after) {
        long[] intoRank = new long[topology.rankCount()];
        long[] outOfRank = new long[topology.rankCount()];
        long[] intoNode = new long[topology.nodeCount()];
        long[] outOfNode = new long[topology.nodeCount()];
        for (int l = 0; l < before.length; l++) {
            long bytes = layers.get(l).stateBytes();
            for (int e = 0; e < before[l].length; e++) {
                int source = before[l][e];
                int target = after[l][e];
                if (source != target) {
                    add(outOfRank, source, bytes);
                    add(intoRank, target, bytes);
                }
                if (!topology.sameNode(source, target)) {
                    add(outOfNode, topology.nodeOf(source), bytes);
                    add(intoNode, topology.nodeOf(target), bytes);
                }
            }
        }
        long worstRank = Math.max(Saturated.max(intoRank), Saturated.max(outOfRank));
        if (worstRank == 0) {
            return 0;
        }
        long worstNode = Math.max(Saturated.max(intoNode), Saturated.max(outOfNode));
        LayerCost first = layers.getFirst();
        long inside = LinkSpeed.nsFor(worstRank, first.speed().intraNodeBytesPerSecond());
        long network = LinkSpeed.nsFor(worstNode, first.speed().interNodeBytesPerSecond());
        return Saturated.plus(Math.max(inside, network), first.startUpNs());
    }

    private static void add(long[] sums, int at, long bytes) {
        sums[at] = Saturated.plus(sums[at], bytes);
    }
}
