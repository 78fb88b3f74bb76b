package io.witan.scheduler.plan;

import java.util.Arrays;

/**
 * Which node each rank runs on. Ranks of a node are contiguous and nodes are numbered in rank order, as every launcher
 * numbers them.
 */
public final class Topology {
    private final int[] firstRank;
    private final int[] nodeOf;

    private Topology(int[] firstRank) {
        this.firstRank = firstRank;
        this.nodeOf = new int[firstRank[firstRank.length - 1]];
        for (int node = 0; node < firstRank.length - 1; node++) {
            Arrays.fill(nodeOf, firstRank[node], firstRank[node + 1], node);
        }
    }

    /**
     * @param ranksPerNode ranks on node 0, 1, ...; each at least 1
     * @throws IllegalArgumentException if there is no node or a node has no rank
     */
    public static Topology of(int... ranksPerNode) {
        if (ranksPerNode.length == 0) {
            throw new IllegalArgumentException("topology needs at least one node, got none");
        }
        int[] first = new int[ranksPerNode.length + 1];
        for (int node = 0; node < ranksPerNode.length; node++) {
            if (ranksPerNode[node] < 1) {
                throw new IllegalArgumentException("topology needs at least one rank on each node, got "
                        + ranksPerNode[node] + " on node " + node);
            }
            first[node + 1] = Math.addExact(first[node], ranksPerNode[node]);
        }
        return new Topology(first);
    }

    /** All ranks on one node. */
    public static Topology singleNode(int rankCount) {
        return of(rankCount);
    }

    public int rankCount() {
        return firstRank[firstRank.length - 1];
    }

    public int nodeCount() {
        return firstRank.length - 1;
    }

    /** The node of a rank. */
    public int nodeOf(int rank) {
        if (rank < 0 || rank >= rankCount()) {
            throw new IllegalArgumentException("rank " + rank + " is not in 0.." + (rankCount() - 1));
        }
        return nodeOf[rank];
    }

    /** The first (lowest) rank of a node; its ranks are {@code firstRank(node) .. firstRank(node) + rankCount(node) - 1}. */
    public int firstRank(int node) {
        return firstRank[checkNode(node)];
    }

    /** Ranks on one node, at least 1. */
    public int rankCount(int node) {
        return firstRank[checkNode(node) + 1] - firstRank[node];
    }

    /** The rank's number inside its node, from 0. */
    public int localRank(int rank) {
        return rank - firstRank[nodeOf(rank)];
    }

    /**
     * The rank of a node that has a rank's place there: in its own node it is the rank itself. Where nodes differ in size, place p of a node of G
     * ranks stands for p, p + G, ...
     */
    public int counterpart(int rank, int node) {
        return firstRank[node] + localRank(rank) % rankCount(node);
    }

    public boolean sameNode(int rankA, int rankB) {
        return nodeOf(rankA) == nodeOf(rankB);
    }

    private int checkNode(int node) {
        if (node < 0 || node >= nodeCount()) {
            throw new IllegalArgumentException("node " + node + " is not in 0.." + (nodeCount() - 1));
        }
        return node;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Topology that && Arrays.equals(firstRank, that.firstRank);
    }

    /** The same in every process: part of the plan hash. */
    @Override
    public int hashCode() {
        return Arrays.hashCode(firstRank);
    }

    @Override
    public String toString() {
        int[] ranksPerNode = new int[nodeCount()];
        Arrays.setAll(ranksPerNode, this::rankCount);
        return "Topology" + Arrays.toString(ranksPerNode);
    }
}
