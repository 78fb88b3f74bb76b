package io.witan.runtime.moe.exchange;

import io.witan.scheduler.plan.Topology;
import java.util.stream.IntStream;

/** Who takes what comes from another node, and spreads it in its own: the rank that has the sender's place in its node. */
record Relays(Topology topology) {
    /** Of a node, for a source; in its own node that is the source itself. */
    int of(int node, int source) {
        return topology.firstRank(node) + topology.localRank(source) % topology.rankCount(node);
    }

    /** Ranks whose rows a relay takes, itself among them; in rank order. */
    int[] sources(int relay) {
        int node = topology.nodeOf(relay);
        return IntStream.range(0, topology.rankCount())
                .filter(source -> of(node, source) == relay)
                .toArray();
    }
}
