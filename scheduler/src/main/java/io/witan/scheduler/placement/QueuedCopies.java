package io.witan.scheduler.placement;

import io.witan.scheduler.cost.HolderBounds;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;

/** So many copies of one layer, as {@link ReplicaCounts} counts them and {@link ReplicaSpread} would place them. */
record QueuedCopies(Topology topology, Placement owners, long[] load, int capacity, int[] counts) {
    /**
     * @param capacity copies that fit on each rank, 1 or more
     * @param copies in all, or as many as there is load for
     */
    static QueuedCopies of(Topology topology, Placement owners, long[] load, int capacity, int copies) {
        int[] owned = new int[load.length];
        Arrays.fill(owned, 1);
        ReplicaCounts counts = new ReplicaCounts(load, owned, topology.rankCount());
        counts.growTo(load.length + copies);
        return new QueuedCopies(topology, owners, load, capacity, counts.counts());
    }

    Placement place() {
        int[] free = new int[topology.rankCount()];
        Arrays.fill(free, capacity);
        return owners.with(new ReplicaSpread(topology, load, free).beyond(owners, counts));
    }

    /**
     * Of {@link #place}. An expert gets all its copies unless every rank with room has it, and one on each node with room before a
     * second on any; full are no more ranks and nodes than the copies so far can fill.
     */
    HolderBounds bounds() {
        int[] least = new int[counts.length];
        int[] nodes = new int[counts.length];
        int ranksOfNode = ranksOfSmallestNode();
        int placed = 0;
        for (int e : ReplicaSpread.order(load, counts)) {
            placed += counts[e] - 1;
            int ranksFull = placed / capacity;
            least[e] = Math.max(1, Math.min(counts[e], topology.rankCount() - ranksFull));
            nodes[e] = Math.max(1, Math.min(least[e], topology.nodeCount() - ranksFull / ranksOfNode));
        }
        return new HolderBounds(counts, least, nodes);
    }

    private int ranksOfSmallestNode() {
        int least = topology.rankCount(0);
        for (int node = 1; node < topology.nodeCount(); node++) {
            least = Math.min(least, topology.rankCount(node));
        }
        return least;
    }
}
