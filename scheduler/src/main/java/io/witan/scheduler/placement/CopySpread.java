package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/** Puts copies of experts into the ranks' free slots. Experts go by their position i in the list of the hottest. */
final class CopySpread {
    private final Topology topology;
    private final int[] rankFree;
    private final int[] nodeFree;
    private final boolean[][] holds;
    private final int[][] holdersOnNode;
    private final int[][] ranks;
    private final int[] copies;

    CopySpread(Topology topology, Placement owners, int[] hottest, int slotsPerRank) {
        int rankCount = topology.rankCount();
        this.topology = topology;
        this.rankFree = new int[rankCount];
        this.nodeFree = new int[topology.nodeCount()];
        this.holds = new boolean[hottest.length][rankCount];
        this.holdersOnNode = new int[hottest.length][topology.nodeCount()];
        this.ranks = new int[hottest.length][rankCount - 1];
        this.copies = new int[hottest.length];
        Arrays.fill(rankFree, slotsPerRank);
        Arrays.setAll(nodeFree, node -> slotsPerRank * topology.rankCount(node));
        for (int i = 0; i < hottest.length; i++) {
            int owner = owners.owner(hottest[i]);
            holds[i][owner] = true;
            holdersOnNode[i][topology.nodeOf(owner)] = 1;
        }
    }

    /** Up to {@code count} copies of expert i; fewer if no rank that lacks it has a free slot. */
    void place(int i, int count) {
        int left = count;
        int round = count;
        while (left > 0 && round > 0) {
            round = placeRound(i, left);
            left -= round;
        }
    }

    /**
     * One copy on each of the nodes with the fewest holders that can take one, those with most free slots first: as one after
     * another, since a copy changes the standing of its own node only.
     */
    private int placeRound(int i, int most) {
        int[] nodes = new int[nodeFree.length];
        int[] rankOf = new int[nodeFree.length];
        int able = 0;
        int fewest = Integer.MAX_VALUE;
        for (int node = 0; node < nodeFree.length; node++) {
            int rank = holdersOnNode[i][node] > fewest ? -1 : freestRankWithout(i, node);
            if (rank >= 0) {
                able = holdersOnNode[i][node] < fewest ? 0 : able;
                fewest = holdersOnNode[i][node];
                rankOf[node] = rank;
                nodes[able++] = node;
            }
        }
        long[] roomy = new long[able];
        if (able > most) {
            Arrays.setAll(roomy, at -> nodeFree[nodes[at]]);
        }
        int[] order = LoadOrder.descending(roomy);
        for (int n = 0; n < able && n < most; n++) {
            take(i, nodes[order[n]], rankOf[nodes[order[n]]]);
        }
        return Math.min(able, most);
    }

    /** Gives the slots that are still free to the expert of highest load per holder, one at a time, while one can use them. */
    void fill(long[] load) {
        boolean[] full = new boolean[load.length];
        for (int i = hungriest(load, full); i >= 0; i = hungriest(load, full)) {
            full[i] = !placeOne(i);
        }
    }

    /** Ranks that got a copy of expert i. */
    int[] ranks(int i) {
        return Arrays.copyOf(ranks[i], copies[i]);
    }

    private int hungriest(long[] load, boolean[] full) {
        int best = -1;
        for (int i = 0; i < load.length; i++) {
            if (!full[i]
                    && (best < 0
                            || LoadOrder.compareRatios(load[i], copies[i] + 1, load[best], copies[best] + 1) > 0)) {
                best = i;
            }
        }
        return best;
    }

    private boolean placeOne(int i) {
        int bestNode = -1;
        int bestRank = -1;
        for (int node = 0; node < nodeFree.length; node++) {
            if (bestNode < 0 || isBetter(i, node, bestNode)) {
                int rank = freestRankWithout(i, node);
                bestNode = rank < 0 ? bestNode : node;
                bestRank = rank < 0 ? bestRank : rank;
            }
        }
        if (bestRank < 0) {
            return false;
        }
        take(i, bestNode, bestRank);
        return true;
    }

    private void take(int i, int node, int rank) {
        holds[i][rank] = true;
        holdersOnNode[i][node]++;
        rankFree[rank]--;
        nodeFree[node]--;
        ranks[i][copies[i]++] = rank;
    }

    /** Fewer holders of the expert, then more free slots; the lower node wins a tie. */
    private boolean isBetter(int i, int node, int bestNode) {
        int holders = holdersOnNode[i][node];
        int bestHolders = holdersOnNode[i][bestNode];
        return holders < bestHolders || (holders == bestHolders && nodeFree[node] > nodeFree[bestNode]);
    }

    private int freestRankWithout(int i, int node) {
        int best = -1;
        int first = topology.firstRank(node);
        for (int rank = first; rank < first + topology.rankCount(node); rank++) {
            if (!holds[i][rank] && rankFree[rank] > 0 && (best < 0 || rankFree[rank] > rankFree[best])) {
                best = rank;
            }
        }
        return best;
    }
}
