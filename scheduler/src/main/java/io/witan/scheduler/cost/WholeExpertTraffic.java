package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.transfer.RelayTree;

/**
 * Copies of whole experts from their owners, in the hops of {@link io.witan.scheduler.transfer.HierarchicalTransferPlanner} but
 * without making its plan: equal to {@link SparseCollectiveCost#lowerBoundNs} of that plan.
 */
record WholeExpertTraffic(Topology topology, LayerCost cost) implements CopyTraffic {
    @Override
    public long gatherNs(Placement wide) {
        Count count = new Count(topology, wide);
        for (int expert = 0; expert < wide.expertCount(); expert++) {
            count.add(expert);
        }
        return ns(
                Saturated.max(count.intoRank), Math.max(Saturated.max(count.intoNode), Saturated.max(count.outOfNode)));
    }

    /** What the mean rank and node take in. */
    @Override
    public long leastGatherNs(HolderBounds holders) {
        long copies = 0;
        long crossings = 0;
        for (int e = 0; e < holders.least().length; e++) {
            copies += holders.least()[e] - 1;
            crossings += holders.leastNodes()[e] - 1;
        }
        return ns(Math.ceilDiv(copies, topology.rankCount()), Math.ceilDiv(crossings, topology.nodeCount()));
    }

    private long ns(long worstRank, long worstNode) {
        if (worstRank == 0) {
            return 0;
        }
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
        private final int[] holders;

        Count(Topology topology, Placement wide) {
            this.topology = topology;
            this.wide = wide;
            this.intoRank = new long[topology.rankCount()];
            this.intoNode = new long[topology.nodeCount()];
            this.outOfNode = new long[topology.nodeCount()];
            this.nodes = new int[topology.nodeCount()];
            this.holders = new int[topology.rankCount()];
        }

        void add(int expert) {
            int owner = wide.owner(expert);
            int ownerNode = topology.nodeOf(owner);
            int count = 0;
            int holderCount = wide.holders(expert, holders);
            for (int i = 0; i < holderCount && holderCount > 1; i++) {
                intoRank[holders[i]] += holders[i] == owner ? 0 : 1;
                int node = topology.nodeOf(holders[i]);
                if (node != ownerNode && (count == 0 || nodes[count - 1] != node)) {
                    nodes[count++] = node;
                }
            }
            addTree(expert, ownerNode, count);
        }

        /** The planner's order of target nodes begins at node (expert mod N); the owner is before them. */
        private void addTree(int expert, int ownerNode, int count) {
            int first = 0;
            while (first < count && nodes[first] < expert % topology.nodeCount()) {
                first++;
            }
            for (int i = 1; i <= count; i++) {
                intoNode[nodes[i - 1]]++;
                int parent = RelayTree.parent(i, count);
                outOfNode[parent == 0 ? ownerNode : nodes[(first + parent - 1) % count]]++;
            }
        }
    }
}
