package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/**
 * Experts put together from R slices, of which each rank owns one: a holder receives b (R - 1) / R for each expert, hot or cold
 * (LAER-MoE, fully sharded expert parallelism). A slice enters a node once, as all that our collectives move.
 */
record SlicedExpertTraffic(Topology topology, LayerCost cost) implements CopyTraffic {
    @Override
    public long gatherNs(Placement wide) {
        int ranks = topology.rankCount();
        int nodes = topology.nodeCount();
        long[] heldByRank = new long[ranks];
        long[] heldOnNode = new long[nodes];
        long pairs = 0;
        for (int expert = 0; expert < wide.expertCount(); expert++) {
            int lastNode = -1;
            for (int rank = wide.nextHolder(expert, 0); rank >= 0; rank = wide.nextHolder(expert, rank + 1)) {
                heldByRank[rank]++;
                int node = topology.nodeOf(rank);
                heldOnNode[node] += node == lastNode ? 0 : 1;
                pairs += node == lastNode ? 0 : 1;
                lastNode = node;
            }
        }
        long slicesIntoRank = Saturated.max(heldByRank) * (ranks - 1);
        if (slicesIntoRank == 0) {
            return 0;
        }
        long slicesOfNode = 0;
        for (int node = 0; node < nodes; node++) {
            long in = heldOnNode[node] * (ranks - topology.rankCount(node));
            long out = (pairs - heldOnNode[node]) * topology.rankCount(node);
            slicesOfNode = Math.max(slicesOfNode, Math.max(in, out));
        }
        LinkSpeed speed = cost.speed();
        long inside = LinkSpeed.nsFor(bytes(slicesIntoRank), speed.intraNodeBytesPerSecond());
        long network = LinkSpeed.nsFor(bytes(slicesOfNode), speed.interNodeBytesPerSecond());
        return Saturated.plus(Math.max(inside, network), cost.startUpNs());
    }

    private long bytes(long slices) {
        return LinkSpeed.floorOfProduct(slices, cost.expertBytes(), topology.rankCount());
    }
}
