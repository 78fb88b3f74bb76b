package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/**
 * Re-sharding (Hecate, algorithm 2): moves ownership so that in each layer the load that materialisation cannot take away,
 * that of all but the t hottest experts, is spread evenly over nodes and ranks. A rank may own any number of experts of one
 * layer, but its number over all layers stays that of {@link OwnerPlacement#slots}.
 */
public final class HeterogeneousSharding {
    private final Topology topology;
    private final int[][] owner;
    private final int[] rankFree;
    private final int[] nodeFree;

    private HeterogeneousSharding(Topology topology, int layers, int experts) {
        this.topology = topology;
        this.owner = new int[layers][experts];
        this.rankFree = OwnerPlacement.slots(layers, experts, topology.rankCount());
        this.nodeFree = new int[topology.nodeCount()];
        for (int rank = 0; rank < rankFree.length; rank++) {
            nodeFree[topology.nodeOf(rank)] += rankFree[rank];
        }
    }

    /**
     * New owners for all layers. Where the algorithm has the choice (experts of equal load; the t hottest of a layer among
     * themselves) an expert stays where it is.
     *
     * @param loads loads[l][e], over the whole interval since the last re-sharding
     * @param overlapDegree t of each layer, as materialisation uses it; above E counts as E
     * @param current owners now, current[l][e]
     * @return owner[l][e]; a new array
     * @throws IllegalArgumentException if shapes differ, a load or degree is negative, or an owner is no rank
     */
    public static int[][] plan(Topology topology, long[][] loads, int[] overlapDegree, int[][] current) {
        check(topology, loads, overlapDegree, current);
        int layers = loads.length;
        int[][] order = new int[layers][];
        int[] hotCount = new int[layers];
        long[] largestCold = new long[layers];
        for (int l = 0; l < layers; l++) {
            order[l] = LoadOrder.descending(loads[l]);
            hotCount[l] = Math.min(overlapDegree[l], order[l].length);
            largestCold[l] = hotCount[l] == order[l].length ? -1 : loads[l][order[l][hotCount[l]]];
        }
        HeterogeneousSharding sharding = new HeterogeneousSharding(topology, layers, loads[0].length);
        for (int l : LoadOrder.descending(largestCold)) {
            sharding.placeCold(l, loads[l], order[l], hotCount[l]);
        }
        for (int l = 0; l < layers; l++) {
            sharding.placeHot(l, order[l], hotCount[l]);
            sharding.keepWherePossible(l, loads[l], order[l], hotCount[l], current[l]);
        }
        return sharding.owner;
    }

    /** Experts whose owner differs: what the change costs, times the bytes of one expert's parameters and optimizer state. */
    public static int movedExperts(int[][] before, int[][] after) {
        int moved = 0;
        for (int l = 0; l < before.length; l++) {
            for (int e = 0; e < before[l].length; e++) {
                moved += before[l][e] == after[l][e] ? 0 : 1;
            }
        }
        return moved;
    }

    private void placeCold(int layer, long[] load, int[] order, int hotCount) {
        long[] rankLoad = new long[topology.rankCount()];
        long[] nodeLoad = new long[topology.nodeCount()];
        for (int i = hotCount; i < order.length; i++) {
            int node = leastLoadedNode(nodeLoad);
            int rank = leastLoadedRank(node, rankLoad);
            assign(layer, order[i], node, rank);
            rankLoad[rank] += load[order[i]];
            nodeLoad[node] += load[order[i]];
        }
    }

    /** Least load per rank, so that nodes may differ in size; then fewer free slots; then the lower node. */
    private int leastLoadedNode(long[] nodeLoad) {
        int best = -1;
        for (int node = 0; node < nodeLoad.length; node++) {
            if (nodeFree[node] > 0 && (best < 0 || compareNodes(node, best, nodeLoad) < 0)) {
                best = node;
            }
        }
        return best;
    }

    private int compareNodes(int a, int b, long[] nodeLoad) {
        int byLoad = LoadOrder.compareRatios(nodeLoad[a], topology.rankCount(a), nodeLoad[b], topology.rankCount(b));
        return byLoad != 0 ? byLoad : Integer.compare(nodeFree[a], nodeFree[b]);
    }

    /** Least load, then fewer free slots, then the lower rank. */
    private int leastLoadedRank(int node, long[] rankLoad) {
        int best = -1;
        int first = topology.firstRank(node);
        for (int rank = first; rank < first + topology.rankCount(node); rank++) {
            boolean better = best < 0
                    || rankLoad[rank] < rankLoad[best]
                    || (rankLoad[rank] == rankLoad[best] && rankFree[rank] < rankFree[best]);
            if (rankFree[rank] > 0 && better) {
                best = rank;
            }
        }
        return best;
    }

    /** The owner of a hot expert is the root of its broadcast: spreads them over the nodes' network cards. */
    private void placeHot(int layer, int[] order, int hotCount) {
        int[] rootsOnNode = new int[topology.nodeCount()];
        for (int i = 0; i < hotCount; i++) {
            int node = -1;
            for (int n = 0; n < rootsOnNode.length; n++) {
                if (nodeFree[n] > 0 && (node < 0 || rootsOnNode[n] < rootsOnNode[node])) {
                    node = n;
                }
            }
            rootsOnNode[node]++;
            assign(layer, order[i], node, freestRank(node));
        }
    }

    private int freestRank(int node) {
        int best = topology.firstRank(node);
        for (int rank = best + 1; rank < topology.firstRank(node) + topology.rankCount(node); rank++) {
            if (rankFree[rank] > rankFree[best]) {
                best = rank;
            }
        }
        return best;
    }

    private void assign(int layer, int expert, int node, int rank) {
        owner[layer][expert] = rank;
        rankFree[rank]--;
        nodeFree[node]--;
    }

    private void keepWherePossible(int layer, long[] load, int[] order, int hotCount, int[] current) {
        int ranks = topology.rankCount();
        OwnerExchange.keep(owner[layer], Arrays.copyOf(order, hotCount), current, ranks);
        int from = hotCount;
        while (from < order.length) {
            int to = from + 1;
            while (to < order.length && load[order[to]] == load[order[from]]) {
                to++;
            }
            OwnerExchange.keep(owner[layer], Arrays.copyOfRange(order, from, to), current, ranks);
            from = to;
        }
    }

    private static void check(Topology topology, long[][] loads, int[] overlapDegree, int[][] current) {
        if (loads.length == 0 || overlapDegree.length != loads.length || current.length != loads.length) {
            throw new IllegalArgumentException("re-sharding: loads of " + loads.length + " layers, overlap degrees of "
                    + overlapDegree.length + ", owners of " + current.length);
        }
        for (int l = 0; l < loads.length; l++) {
            LoadOrder.checkedTotal(loads[l], loads[0].length);
            if (overlapDegree[l] < 0) {
                throw new IllegalArgumentException("re-sharding: overlap degree of layer " + l + " is "
                        + overlapDegree[l] + ", allowed 0 or more");
            }
            if (current[l].length != loads[l].length) {
                throw new IllegalArgumentException("re-sharding: layer " + l + " has " + current[l].length
                        + " owners for " + loads[l].length + " experts");
            }
            for (int rank : current[l]) {
                if (rank < 0 || rank >= topology.rankCount()) {
                    throw new IllegalArgumentException("re-sharding: layer " + l + " has owner " + rank
                            + ", allowed 0.." + (topology.rankCount() - 1));
                }
            }
        }
    }
}
