package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Finds ranks for a given number of holders of each expert: experts in descending load / holders; each further holder on the node
 * with the fewest of them that has room, of several the one whose rank with room is least loaded, then the lower node; in it the
 * least loaded rank with room, then the lower rank (LAER-MoE; Graham's longest job first). The load of an expert counts in equal
 * parts at its holders. One thread at a time.
 */
public final class ReplicaSpread {
    /** Loads are scaled to this many bits in all: the parts of small ones do not vanish, and a load times the nodes fits. */
    private static final int TOTAL_BITS = 42;

    private final Topology topology;
    private final long[] load;
    private final int[] free;
    private final BitSet holds;
    private final int[] present;
    private final int[] holdersOnNode;
    private final long[] rankLoad;
    /** firstRank[n] of node n, and one more: the ranks of a node are looked through for every holder. */
    private final int[] firstRank;

    private final int[][] added;

    /** The least loaded rank with room of each node, whatever it holds, or -1; kept up to date. */
    private final int[] nodeBest;

    /** Nodes with room by the load of their best rank. */
    private final NodeQueue roomy;

    /** Nodes that are out of the queue while an expert is placed. */
    private final int[] aside;

    /** Nodes that may take one more of an expert that is on all with room, best first once sorted. */
    private final long[] keys;

    /**
     * @param load load[e], 0 or more, sum below 2^63; read only
     * @param free free[r] = experts that rank r can take; copied
     */
    public ReplicaSpread(Topology topology, long[] load, int[] free) {
        this.topology = topology;
        this.load = LoadOrder.scaled(load, TOTAL_BITS);
        this.free = free.clone();
        this.holds = new BitSet(load.length * topology.rankCount());
        this.present = new int[load.length];
        this.holdersOnNode = new int[topology.nodeCount()];
        this.rankLoad = new long[topology.rankCount()];
        this.firstRank = new int[topology.nodeCount() + 1];
        Arrays.setAll(firstRank, node -> node < topology.nodeCount() ? topology.firstRank(node) : topology.rankCount());
        this.added = new int[load.length][0];
        this.nodeBest = new int[topology.nodeCount()];
        this.roomy = new NodeQueue(topology.nodeCount());
        this.aside = new int[topology.nodeCount()];
        this.keys = new long[topology.nodeCount()];
    }

    /**
     * Ranks to add so that each expert has so many holders; fewer where there is no room.
     *
     * @param base holders that there are and that need no room
     * @param counts holders to reach, those of {@code base} among them
     * @return added[e], ascending
     */
    public int[][] beyond(Placement base, int[] counts) {
        for (int e = 0; e < load.length; e++) {
            for (int rank = base.nextHolder(e, 0); rank >= 0; rank = base.nextHolder(e, rank + 1)) {
                holds.set(e * free.length + rank);
                rankLoad[rank] += load[e] / counts[e];
                present[e]++;
            }
        }
        return place(counts);
    }

    /** Ranks for so many holders of each expert, of which there is none yet; as {@link #beyond}. */
    public int[][] all(int[] counts) {
        return place(counts);
    }

    /** The order in which experts get their holders. */
    static int[] order(long[] load, int[] counts) {
        long[] scaled = LoadOrder.scaled(load, TOTAL_BITS);
        return LoadOrder.descending(each(scaled, counts));
    }

    private static long[] each(long[] scaled, int[] counts) {
        long[] each = new long[scaled.length];
        Arrays.setAll(each, e -> scaled[e] / counts[e]);
        return each;
    }

    private int[][] place(int[] counts) {
        Arrays.setAll(nodeBest, this::leastLoaded);
        queueAll();
        long[] each = each(load, counts);
        for (int e : LoadOrder.descending(each)) {
            int missing = counts[e] - present[e];
            if (missing <= 0) {
                continue;
            }
            countHolders(e);
            int[] ranks = new int[missing];
            int placed = placeOnUntouched(e, each[e], ranks);
            if (placed < missing) {
                placed = placeOnTouched(e, each[e], ranks, placed);
                queueAll();
            }
            added[e] = Arrays.copyOf(ranks, placed);
            Arrays.sort(added[e]);
        }
        return added;
    }

    private void countHolders(int expert) {
        Arrays.fill(holdersOnNode, 0);
        int row = expert * free.length;
        for (int i = holds.nextSetBit(row); i >= 0 && i < row + free.length; i = holds.nextSetBit(i + 1)) {
            holdersOnNode[topology.nodeOf(i - row)]++;
        }
    }

    private void queueAll() {
        roomy.clear();
        for (int node = 0; node < nodeBest.length; node++) {
            queue(node);
        }
    }

    private void queue(int node) {
        if (nodeBest[node] >= 0) {
            roomy.add(node, rankLoad[nodeBest[node]]);
        }
    }

    /** A holder on each node that has room and none, best nodes first; how many. */
    private int placeOnUntouched(int expert, long part, int[] ranks) {
        int placed = 0;
        int out = 0;
        while (placed < ranks.length && !roomy.isEmpty()) {
            int node = roomy.poll();
            aside[out++] = node;
            if (holdersOnNode[node] == 0) {
                ranks[placed++] = nodeBest[node];
                take(expert, node, nodeBest[node], part);
            }
        }
        for (int i = 0; i < out; i++) {
            queue(aside[i]);
        }
        return placed;
    }

    /** Round by round, where all nodes with room have a holder; how many ranks there are then. */
    private int placeOnTouched(int expert, long part, int[] ranks, int from) {
        int placed = from;
        int round = 1;
        while (placed < ranks.length && round > 0) {
            round = placeRound(expert, part, ranks, placed);
            placed += round;
        }
        return placed;
    }

    /** One more holder on each node of those with the fewest that have room, best nodes first; how many. */
    private int placeRound(int expert, long part, int[] ranks, int from) {
        int nodes = nodesWithFewest(expert);
        int wanted = Math.min(nodes, ranks.length - from);
        if (wanted < nodes) {
            Arrays.sort(keys, 0, nodes);
        }
        for (int i = 0; i < wanted; i++) {
            int node = (int) (keys[i] % nodeBest.length);
            ranks[from + i] = leastLoadedWithout(expert, node);
            take(expert, node, ranks[from + i], part);
        }
        return wanted;
    }

    /** Sets {@link #keys} of the nodes with the fewest holders among those with room for one more; number of these nodes. */
    private int nodesWithFewest(int expert) {
        int fewest = Integer.MAX_VALUE;
        int nodes = 0;
        for (int node = 0; node < nodeBest.length; node++) {
            boolean able = nodeBest[node] >= 0 && holdersOnNode[node] <= fewest;
            int rank = able ? leastLoadedWithout(expert, node) : -1;
            if (rank >= 0) {
                nodes = holdersOnNode[node] < fewest ? 0 : nodes;
                fewest = holdersOnNode[node];
                keys[nodes++] = key(node, rank);
            }
        }
        return nodes;
    }

    /** Orders nodes by the load of the rank that would take the expert, then by number. */
    private long key(int node, int rank) {
        return rankLoad[rank] * nodeBest.length + node;
    }

    private void take(int expert, int node, int rank, long part) {
        holds.set(expert * free.length + rank);
        holdersOnNode[node]++;
        rankLoad[rank] += part;
        free[rank]--;
        nodeBest[node] = leastLoaded(node);
    }

    private int leastLoaded(int node) {
        int best = -1;
        long least = Long.MAX_VALUE;
        for (int rank = firstRank[node]; rank < firstRank[node + 1]; rank++) {
            if (rankLoad[rank] < least && free[rank] > 0) {
                best = rank;
                least = rankLoad[rank];
            }
        }
        return best;
    }

    private int leastLoadedWithout(int expert, int node) {
        int best = -1;
        long least = Long.MAX_VALUE;
        for (int rank = firstRank[node]; rank < firstRank[node + 1]; rank++) {
            if (rankLoad[rank] < least && free[rank] > 0 && !holds.get(expert * free.length + rank)) {
                best = rank;
                least = rankLoad[rank];
            }
        }
        return best;
    }
}
