package io.witan.scheduler.policy.rival;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;
import java.util.BitSet;

/** Replicas of a layer in the slots of the ranks. What a round makes is a new object. */
final class ReplicaSlots {
    private static final int TOTAL_BITS = 50;

    /** The busiest rank has more than so many hundredths of the mean: the replicas are looked at again. */
    private static final int TRIGGER_PERCENT = 110;

    private final Topology topology;
    private final Placement owners;
    private final long[] load;
    private final int ranks;
    private final BitSet pairs;
    private final int[] holders;
    private final int[] free;

    /**
     * @param load load[e]
     * @param slotsPerRank replicas that a rank has room for
     */
    ReplicaSlots(Topology topology, Placement placement, long[] load, int slotsPerRank) {
        this.topology = topology;
        this.owners = placement.ownersOnly();
        this.load = LoadOrder.scaled(load, TOTAL_BITS);
        this.ranks = topology.rankCount();
        this.pairs = new BitSet(load.length * ranks);
        this.holders = new int[load.length];
        this.free = placement.copiesByRank();
        Arrays.setAll(free, rank -> slotsPerRank - free[rank]);
        for (int e = 0; e < load.length; e++) {
            for (int rank = placement.nextHolder(e, 0); rank >= 0; rank = placement.nextHolder(e, rank + 1)) {
                pairs.set(e * ranks + rank);
                holders[e]++;
            }
        }
    }

    private ReplicaSlots(ReplicaSlots other) {
        this.topology = other.topology;
        this.owners = other.owners;
        this.load = other.load;
        this.ranks = other.ranks;
        this.pairs = (BitSet) other.pairs.clone();
        this.holders = other.holders.clone();
        this.free = other.free.clone();
    }

    /** No rank has more replicas than slots. */
    boolean fits() {
        return Arrays.stream(free).allMatch(slots -> slots >= 0);
    }

    /** The busiest rank is above the trigger. */
    boolean isUneven() {
        long[] rankLoad = rankLoad();
        long total = Arrays.stream(rankLoad).sum();
        return max(rankLoad) * 100 / TRIGGER_PERCENT > total / ranks;
    }

    /** The busiest rank's load over the least busy one's is smaller. */
    boolean isMoreEvenThan(ReplicaSlots other) {
        long[] here = rankLoad();
        long[] there = other.rankLoad();
        return LoadOrder.compareRatios(max(here), 1 + min(here), max(there), 1 + min(there)) < 0;
    }

    /** In each node one slot for the hottest expert: a free one, or that of the coldest replica. */
    ReplicaSlots hottestForColdest() {
        ReplicaSlots next = new ReplicaSlots(this);
        for (int node = 0; node < topology.nodeCount(); node++) {
            next.giveSlot(node);
        }
        return next;
    }

    /** In each node the coldest replica given up. */
    ReplicaSlots withoutColdest() {
        ReplicaSlots next = new ReplicaSlots(this);
        for (int node = 0; node < topology.nodeCount(); node++) {
            int coldest = next.coldestReplica(node, -1);
            if (coldest >= 0) {
                next.remove(coldest);
            }
        }
        return next;
    }

    Placement placement() {
        int[][] extra = new int[load.length][];
        Arrays.setAll(extra, e -> new int[holders[e]]);
        int[] next = new int[load.length];
        for (int pair = pairs.nextSetBit(0); pair >= 0; pair = pairs.nextSetBit(pair + 1)) {
            int e = pair / ranks;
            extra[e][next[e]++] = pair % ranks;
        }
        return owners.with(extra);
    }

    private void giveSlot(int node) {
        int hottest = 0;
        for (int e = 1; e < load.length; e++) {
            hottest = load[e] / holders[e] > load[hottest] / holders[hottest] ? e : hottest;
        }
        int rank = roomiestWithout(hottest, node);
        if (rank < 0) {
            int coldest = coldestReplica(node, hottest);
            if (coldest < 0 || part(coldest) >= load[hottest] / holders[hottest]) {
                return;
            }
            rank = coldest % ranks;
            remove(coldest);
        }
        pairs.set(hottest * ranks + rank);
        holders[hottest]++;
        free[rank]--;
    }

    /** The rank of the node with most free slots, at least one, that lacks the expert; -1 if there is none. */
    private int roomiestWithout(int expert, int node) {
        int first = topology.firstRank(node);
        int best = -1;
        for (int rank = first; rank < first + topology.rankCount(node); rank++) {
            boolean able = free[rank] > 0 && !pairs.get(expert * ranks + rank);
            best = able && (best < 0 || free[rank] > free[best]) ? rank : best;
        }
        return best;
    }

    /** The (expert, rank) pair of the replica on the node with least load a holder, on a rank that lacks the given expert; or -1. */
    private int coldestReplica(int node, int lacking) {
        int first = topology.firstRank(node);
        int end = first + topology.rankCount(node);
        int coldest = -1;
        for (int e = 0; e < load.length; e++) {
            int row = e * ranks;
            for (int pair = pairs.nextSetBit(row + first);
                    pair >= 0 && pair < row + end;
                    pair = pairs.nextSetBit(pair + 1)) {
                boolean free =
                        owners.owner(e) != pair - row && (lacking < 0 || !pairs.get(lacking * ranks + pair - row));
                coldest = free && (coldest < 0 || part(pair) < part(coldest)) ? pair : coldest;
            }
        }
        return coldest;
    }

    private long part(int pair) {
        return load[pair / ranks] / holders[pair / ranks];
    }

    private void remove(int pair) {
        pairs.clear(pair);
        holders[pair / ranks]--;
        free[pair % ranks]++;
    }

    private long[] rankLoad() {
        long[] rankLoad = new long[ranks];
        for (int pair = pairs.nextSetBit(0); pair >= 0; pair = pairs.nextSetBit(pair + 1)) {
            rankLoad[pair % ranks] += part(pair);
        }
        return rankLoad;
    }

    private static long max(long[] values) {
        return Arrays.stream(values).max().orElse(0);
    }

    private static long min(long[] values) {
        return Arrays.stream(values).min().orElse(0);
    }
}
