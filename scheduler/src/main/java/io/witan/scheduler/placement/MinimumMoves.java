package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/**
 * Among owners as good as those that {@link HeterogeneousSharding} found, those for which the fewest experts move.
 *
 * <p>As good means, in each layer: (1) every rank owns as many hot and as many cold experts as before; (2) in every node the same
 * bundles of cold loads, each on one rank, a bundle being the loads that a rank owns. So bundles of one size may change places
 * inside their node, cold experts of equal load may be exchanged, and hot ones among themselves. A bundle b on rank r lets
 * w(b, r) = sum over loads v of min(times v is in b, cold experts of load v that r owns now) experts stay, whatever the other ranks
 * have; so the best is an assignment of bundles to ranks of largest total w, and then an exchange.
 */
public final class MinimumMoves {
    private final Topology topology;
    private final int[] current;
    private final int[] owner;
    private final long[] load;
    private final int[] order;
    private final int hotCount;
    private final int[][] planned;
    private final int[][] present;

    private MinimumMoves(Topology topology, long[] load, int overlapDegree, int[] planned, int[] current) {
        this.topology = topology;
        this.current = current;
        this.owner = planned.clone();
        this.load = load;
        this.order = LoadOrder.descending(load);
        this.hotCount = Math.min(overlapDegree, order.length);
        this.planned = coldByRank(planned);
        this.present = coldByRank(current);
    }

    /**
     * @param loads loads[l][e] as the plan was made for
     * @param overlapDegree t of each layer as the plan was made for
     * @param planned owner[l][e] as planned
     * @param current owner[l][e] now
     * @return owner[l][e]; a new array
     */
    public static int[][] relabel(
            Topology topology, long[][] loads, int[] overlapDegree, int[][] planned, int[][] current) {
        int[][] owner = new int[planned.length][];
        for (int l = 0; l < owner.length; l++) {
            owner[l] = new MinimumMoves(topology, loads[l], overlapDegree[l], planned[l], current[l]).relabelled();
        }
        return owner;
    }

    private int[] relabelled() {
        for (int node = 0; node < topology.nodeCount(); node++) {
            int first = topology.firstRank(node);
            boolean[] done = new boolean[topology.rankCount(node)];
            for (int i = 0; i < done.length; i++) {
                if (!done[i]) {
                    int[] group = sameSize(first, i, done);
                    deal(group);
                }
            }
        }
        OwnerExchange.keep(owner, Arrays.copyOf(order, hotCount), current, topology.rankCount());
        int from = hotCount;
        while (from < order.length) {
            int to = endOfEqual(from);
            OwnerExchange.keep(owner, Arrays.copyOfRange(order, from, to), current, topology.rankCount());
            from = to;
        }
        return owner;
    }

    /** Ranks of a node with bundles of one size, from local rank {@code i} on; marks them done. */
    private int[] sameSize(int first, int i, boolean[] done) {
        int[] group = new int[done.length];
        int n = 0;
        for (int j = i; j < done.length; j++) {
            if (planned[first + j].length == planned[first + i].length) {
                done[j] = true;
                group[n++] = first + j;
            }
        }
        return Arrays.copyOf(group, n);
    }

    private void deal(int[] ranks) {
        if (ranks.length < 2 || planned[ranks[0]].length == 0) {
            return;
        }
        int[] bundles = touched(ranks, planned);
        int[] places = touched(ranks, present);
        int size = Math.max(bundles.length, places.length);
        int[][] weight = new int[size][size];
        for (int i = 0; i < bundles.length; i++) {
            for (int j = 0; j < places.length; j++) {
                weight[i][j] = common(planned[bundles[i]], present[places[j]]);
            }
        }
        int[] column = Matching.heaviest(weight);
        int[] target = new int[topology.rankCount()];
        Arrays.fill(target, -1);
        boolean[] taken = new boolean[topology.rankCount()];
        for (int i = 0; i < bundles.length; i++) {
            if (column[i] < places.length) {
                target[bundles[i]] = places[column[i]];
                taken[places[column[i]]] = true;
            }
        }
        dealRest(ranks, target, taken);
        for (int i = hotCount; i < order.length; i++) {
            int rank = owner[order[i]];
            owner[order[i]] = target[rank] < 0 ? rank : target[rank];
        }
    }

    /** Bundles that no rank has a use for go to the ranks that are left, in order. */
    private static void dealRest(int[] ranks, int[] target, boolean[] taken) {
        int next = 0;
        for (int rank : ranks) {
            if (target[rank] < 0) {
                while (taken[ranks[next]]) {
                    next++;
                }
                target[rank] = ranks[next];
                taken[ranks[next]] = true;
            }
        }
    }

    /** Those of the ranks whose list is not empty. */
    private static int[] touched(int[] ranks, int[][] lists) {
        return Arrays.stream(ranks).filter(rank -> lists[rank].length > 0).toArray();
    }

    /** For each rank its cold experts as numbers of classes of equal load, ascending. */
    private int[][] coldByRank(int[] owners) {
        int[] count = new int[topology.rankCount()];
        for (int i = hotCount; i < order.length; i++) {
            count[owners[order[i]]]++;
        }
        int[][] classes = new int[count.length][];
        Arrays.setAll(classes, rank -> new int[count[rank]]);
        int from = hotCount;
        while (from < order.length) {
            int to = endOfEqual(from);
            for (int i = from; i < to; i++) {
                int rank = owners[order[i]];
                classes[rank][classes[rank].length - count[rank]--] = from;
            }
            from = to;
        }
        return classes;
    }

    private int endOfEqual(int from) {
        int to = from + 1;
        while (to < order.length && load[order[to]] == load[order[from]]) {
            to++;
        }
        return to;
    }

    /** Size of the intersection of two ascending lists with repetitions. */
    private static int common(int[] a, int[] b) {
        int i = 0;
        int j = 0;
        int common = 0;
        while (i < a.length && j < b.length) {
            int order = Integer.compare(a[i], b[j]);
            common += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        return common;
    }
}
