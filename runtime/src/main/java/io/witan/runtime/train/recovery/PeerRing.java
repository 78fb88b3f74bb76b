package io.witan.runtime.train.recovery;

import io.witan.scheduler.plan.Topology;
import java.util.stream.IntStream;

/** Which rank keeps copies of which: one of the next node, in a circle; if there is one node only, the next rank. */
record PeerRing(Topology topology) {
    /** The rank that keeps copies of this one. */
    int keeperOf(int rank) {
        if (topology.nodeCount() == 1) {
            return (rank + 1) % topology.rankCount();
        }
        int next = (topology.nodeOf(rank) + 1) % topology.nodeCount();
        return topology.firstRank(next) + topology.localRank(rank) % topology.rankCount(next);
    }

    /** The ranks whose copies this one keeps, ascending. */
    int[] keptBy(int keeper) {
        return IntStream.range(0, topology.rankCount())
                .filter(rank -> keeperOf(rank) == keeper)
                .toArray();
    }
}
