package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Topology;
import java.util.Arrays;

/**
 * The least that {@link TokenTraffic#ofEvenSources} can find for placements that are not made yet: what the mean rank and node bear, and
 * what the holders of one expert bear. Where {@link TokenTraffic} rounds an expert's shares down, at most twice on a rank, this gives way.
 */
final class TokenBounds {
    private static final int ROUNDINGS = 2;

    private final int ranks;
    /** ranksOn[n] = ranks of the n largest nodes. */
    private final long[] ranksOn;

    TokenBounds(Topology topology) {
        this.ranks = topology.rankCount();
        int nodes = topology.nodeCount();
        int[] sizes = new int[nodes];
        Arrays.setAll(sizes, topology::rankCount);
        Arrays.sort(sizes);
        this.ranksOn = new long[nodes + 1];
        for (int n = 1; n <= nodes; n++) {
            ranksOn[n] = ranksOn[n - 1] + sizes[nodes - n];
        }
    }

    /** Parts of assignments that the busiest rank computes, sends or receives, and that pass the busiest card. */
    record Least(long computed, long rankRows, long nodeRows) {}

    /** @param perRank perRank[e] in parts */
    Least of(HolderBounds holders, long[] perRank) {
        long all = 0;
        long held = 0;
        long heldOnNodes = 0;
        long computed = 0;
        long rankRows = 0;
        long nodeRows = 0;
        for (int e = 0; e < perRank.length; e++) {
            int most = holders.most()[e];
            long near = ranksOn[Math.min(most, ranksOn.length - 1)];
            all += perRank[e];
            held += most * perRank[e];
            heldOnNodes += near * perRank[e];
            computed = Math.max(computed, ranks * perRank[e] / most - ROUNDINGS);
            rankRows = Math.max(rankRows, (ranks - most) * perRank[e] / most - ROUNDINGS);
            nodeRows = Math.max(nodeRows, (ranks - near) * perRank[e] / most - ROUNDINGS);
        }
        return new Least(
                Math.max(computed, all - (long) ROUNDINGS * perRank.length),
                Math.max(rankRows, all - Math.ceilDiv(held, ranks)),
                Math.max(nodeRows, (ranks * all - heldOnNodes) / (ranksOn.length - 1)));
    }
}
