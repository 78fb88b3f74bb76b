package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/**
 * Copies of whole experts from their owners, in the hops of {@link io.witan.scheduler.transfer.HierarchicalTransferPlanner} but
 * without making its plan: equal to {@link SparseCollectiveCost#lowerBoundNs} of that plan.
 */
record WholeExpertTraffic(Topology topology, LayerCost cost) implements CopyTraffic {
    /** As the planner: up to so many target nodes the owner sends to all of them itself. */
    private static final int STAR_LIMIT = 2;

    @Override
    public long gatherNs(Placement wide) {
        Count count = new Count(topology, wide);
        for (int expert = 0; expert < wide.expertCount(); expert++) {
            count.add(expert);
        }
        long worstRank = Saturated.max(count.intoRank);
        if (worstRank == 0) {
            return 0;
        }
        long worstNode = Math.max(Saturated.max(count.intoNode), Saturated.max(count.outOfNode));
        LinkSpeed speed = cost.speed();
        long inside = LinkSpeed.nsFor(Saturated.times(worstRank, cost.expertBytes()), speed.intraNodeBytesPerSecond());
        long network = LinkSpeed.nsFor(Saturated.times(worstNode, cost.expertBytes()), speed.interNodeBytesPerSecond());
        return Saturated.plus(Math.max(inside, network), cost.startUpNs());
    }

    /** Experts by where they go. */
    private static final class Count {
        private final Topology topology;
        private final Placement wide;
        private final long[] intoRank;
        private final long[] intoNode;
        private final long[] outOfNode;
        private final int[] nodes;

        Count(Topology topology, Placement wide) {
            this.topology = topology;
            this.wide = wide;
            this.intoRank = new long[topology.rankCount()];
            this.intoNode = new long[topology.nodeCount()];
            this.outOfNode = new long[topology.nodeCount()];
            this.nodes = new int[topology.nodeCount()];
        }

        void add(int expert) {
            int owner = wide.owner(expert);
            int ownerNode = topology.nodeOf(owner);
            int count = 0;
            int node = 0;
            for (int rank = wide.nextHolder(expert, 0); rank >= 0; rank = wide.nextHolder(expert, rank + 1)) {
                intoRank[rank] += rank == owner ? 0 : 1;
                while (rank >= topology.firstRank(node) + topology.rankCount(node)) {
                    node++;
                }
                if (node != ownerNode && (count == 0 || nodes[count - 1] != node)) {
                    nodes[count++] = node;
                }
            }
            addTree(expert, ownerNode, count);
        }

        /** Target node number i in the planner's order, which begins at node (expert mod N), has parent (i - 1) / 2. */
        private void addTree(int expert, int ownerNode, int count) {
            int first = 0;
            while (first < count && nodes[first] < expert % topology.nodeCount()) {
                first++;
            }
            for (int i = 0; i < count; i++) {
                intoNode[nodes[i]]++;
                int parent = count <= STAR_LIMIT ? 0 : i / 2;
                outOfNode[parent == 0 ? ownerNode : nodes[(first + parent - 1) % count]]++;
            }
        }
    }
}
