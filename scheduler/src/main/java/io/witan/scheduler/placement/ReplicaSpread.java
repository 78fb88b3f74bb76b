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
    /** Loads are scaled to this many bits in all, so that the parts of small ones do not vanish. */
    private static final int TOTAL_BITS = 52;

    private final Topology topology;
    private final long[] load;
    private final int[] free;
    private final BitSet holds;
    private final int[] holdersOnNode;
    private final long[] rankLoad;
    private final int[][] added;

    /**
     * @param load load[e], 0 or more, sum below 2^63; read only
     * @param free free[r] = experts that rank r can take; copied
     */
    public ReplicaSpread(Topology topology, long[] load, int[] free) {
        this.topology = topology;
        this.load = LoadOrder.scaled(load, TOTAL_BITS);
        this.free = free.clone();
        this.holds = new BitSet(load.length * topology.rankCount());
        this.holdersOnNode = new int[topology.nodeCount()];
        this.rankLoad = new long[topology.rankCount()];
        this.added = new int[load.length][0];
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
            }
        }
        return place(counts);
    }

    /** Ranks for so many holders of each expert, of which there is none yet; as {@link #beyond}. */
    public int[][] all(int[] counts) {
        return place(counts);
    }

    private int[][] place(int[] counts) {
        long[] each = new long[load.length];
        Arrays.setAll(each, e -> load[e] / counts[e]);
        for (int e : LoadOrder.descending(each)) {
            int present = countHolders(e);
            int missing = counts[e] - present;
            int[] ranks = new int[Math.max(0, missing)];
            int placed = 0;
            int round = missing;
            while (placed < missing && round > 0) {
                round = placeRound(e, each[e], ranks, placed);
                placed += round;
            }
            added[e] = Arrays.copyOf(ranks, placed);
            Arrays.sort(added[e]);
        }
        return added;
    }

    private int countHolders(int expert) {
        Arrays.fill(holdersOnNode, 0);
        int present = 0;
        int row = expert * free.length;
        for (int i = holds.nextSetBit(row); i >= 0 && i < row + free.length; i = holds.nextSetBit(i + 1)) {
            holdersOnNode[topology.nodeOf(i - row)]++;
            present++;
        }
        return present;
    }

    /** One more holder on each node of those with the fewest, best nodes first, until the ranks are full. */
    private int placeRound(int expert, long part, int[] ranks, int from) {
        int[] best = new int[holdersOnNode.length];
        int fewest = Integer.MAX_VALUE;
        for (int node = 0; node < best.length; node++) {
            best[node] = holdersOnNode[node] > fewest ? -1 : leastLoaded(expert, node);
            fewest = best[node] < 0 ? fewest : holdersOnNode[node];
        }
        int candidates = 0;
        int[] nodes = new int[best.length];
        for (int node = 0; node < best.length; node++) {
            if (best[node] >= 0 && holdersOnNode[node] == fewest) {
                nodes[candidates++] = node;
            }
        }
        long[] lightness = new long[candidates];
        Arrays.setAll(lightness, i -> -rankLoad[best[nodes[i]]]);
        int placed = 0;
        for (int i : LoadOrder.descending(lightness)) {
            if (from + placed == ranks.length) {
                break;
            }
            int rank = best[nodes[i]];
            holds.set(expert * free.length + rank);
            holdersOnNode[nodes[i]]++;
            rankLoad[rank] += part;
            free[rank]--;
            ranks[from + placed++] = rank;
        }
        return placed;
    }

    private int leastLoaded(int expert, int node) {
        int first = topology.firstRank(node);
        int best = -1;
        for (int rank = first; rank < first + topology.rankCount(node); rank++) {
            if (free[rank] > 0
                    && (best < 0 || rankLoad[rank] < rankLoad[best])
                    && !holds.get(expert * free.length + rank)) {
                best = rank;
            }
        }
        return best;
    }
}
