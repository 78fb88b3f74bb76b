package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.collectives.Parts;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Who takes what comes from another node, and spreads it in its own: the rank that has the sender's place in its node ({@link
 * Topology#counterpart}).
 */
final class Relays {
    private final Topology topology;
    private final int rank;
    private final int node;
    /** [node] that of this rank. */
    private final int[] ofNode;
    /** [rank of this node] whose rows it takes. */
    private final int[][] sources;

    Relays(Topology topology, int rank) {
        this.topology = topology;
        this.rank = rank;
        this.node = topology.nodeOf(rank);
        this.ofNode = new int[topology.nodeCount()];
        Arrays.setAll(ofNode, other -> topology.counterpart(rank, other));
        this.sources = new int[topology.rankCount(node)][];
        Arrays.setAll(sources, neighbour -> IntStream.range(0, topology.rankCount())
                .filter(source -> topology.counterpart(source, node) == first() + neighbour)
                .toArray());
    }

    int rank() {
        return rank;
    }

    int nodes() {
        return ofNode.length;
    }

    /** First rank of a node. */
    int first(int ofNode) {
        return topology.firstRank(ofNode);
    }

    /** Ranks of a node. */
    int size(int ofNode) {
        return topology.rankCount(ofNode);
    }

    /** This rank's node. */
    int node() {
        return node;
    }

    /** First rank of this node. */
    int first() {
        return topology.firstRank(node);
    }

    /** Ranks of this node. */
    int neighbours() {
        return sources.length;
    }

    /** This rank's relay in a node; in its own it is the rank itself. */
    int relay(int inNode) {
        return ofNode[inNode];
    }

    /** Ranks whose rows this one takes, itself among them; in rank order. */
    int[] sources() {
        return sources[rank - first()];
    }

    /** Ranks whose rows a rank of this node takes, itself among them; in rank order. */
    int[] sources(int neighbour) {
        return sources[neighbour];
    }

    /** Nothing for any rank. */
    Parts parts() {
        return new Parts(new long[topology.rankCount()], new long[topology.rankCount()]);
    }

    /** Gives a rank some rows. */
    static void set(Parts parts, int peer, int from, int count, long rowBytes) {
        parts.at()[peer] = from * rowBytes;
        parts.bytes()[peer] = count * rowBytes;
    }
}
