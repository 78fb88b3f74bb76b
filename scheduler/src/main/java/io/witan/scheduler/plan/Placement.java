package io.witan.scheduler.plan;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;

/**
 * Which ranks hold which expert of one layer. Every expert has exactly one owner, who keeps parameters and optimizer
 * state and is always a holder; further holders have a materialised copy of the parameters for one step (Hecate, section
 * 3.1: the set of (chunk, device) pairs).
 */
public final class Placement {
    private final int rankCount;
    private final int[] owner;
    private final BitSet pairs;

    private Placement(int rankCount, int[] owner, BitSet pairs) {
        this.rankCount = rankCount;
        this.owner = owner;
        this.pairs = pairs;
    }

    /**
     * Owners only: nothing materialised.
     *
     * @param owner owner[e] is the rank that owns expert e; copied
     * @throws IllegalArgumentException if there is no rank, an owner is not in 0..rankCount-1, or there are more than 2^31-1
     *     (expert, rank) pairs
     */
    public static Placement ofOwners(int[] owner, int rankCount) {
        if (rankCount < 1) {
            throw new IllegalArgumentException("placement needs at least one rank, got " + rankCount);
        }
        if ((long) owner.length * rankCount > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    owner.length + " experts on " + rankCount + " ranks are more than 2^31-1 pairs");
        }
        BitSet pairs = new BitSet(owner.length * rankCount);
        for (int e = 0; e < owner.length; e++) {
            if (owner[e] < 0 || owner[e] >= rankCount) {
                throw new IllegalArgumentException(
                        "expert " + e + " has owner " + owner[e] + ", allowed 0.." + (rankCount - 1));
            }
            pairs.set(e * rankCount + owner[e]);
        }
        return new Placement(rankCount, owner.clone(), pairs);
    }

    /**
     * This placement and, for each e, copies of expert e on the ranks {@code extra[e]}.
     *
     * @param extra a row for each expert; a rank that holds the expert already may be named again
     * @throws IllegalArgumentException if there are more rows than experts, or a rank is not in 0..rankCount-1
     */
    public Placement with(int[][] extra) {
        if (extra.length > owner.length) {
            throw new IllegalArgumentException("copies of " + extra.length + " experts, but there are " + owner.length);
        }
        BitSet more = (BitSet) pairs.clone();
        for (int e = 0; e < extra.length; e++) {
            for (int rank : extra[e]) {
                if (rank < 0 || rank >= rankCount) {
                    throw new IllegalArgumentException(
                            "copy of expert " + e + " on rank " + rank + ", allowed 0.." + (rankCount - 1));
                }
                more.set(e * rankCount + rank);
            }
        }
        return new Placement(rankCount, owner, more);
    }

    /**
     * Experts that no rank owns whole: each is on the ranks named. Its lowest holder stands as owner.
     *
     * @param holders a row for each expert, at least one rank in each; a rank may be named twice
     * @throws IllegalArgumentException if a row is empty or a rank is not in 0..rankCount-1
     */
    public static Placement ofHolders(int[][] holders, int rankCount) {
        int[] lowest = new int[holders.length];
        for (int e = 0; e < holders.length; e++) {
            if (holders[e].length == 0) {
                throw new IllegalArgumentException("expert " + e + " has no holder, allowed 1 or more");
            }
            lowest[e] = Arrays.stream(holders[e]).min().getAsInt();
        }
        return ofOwners(lowest, rankCount).with(holders);
    }

    /**
     * The same owners, and only the copies that another placement lacks: what is still to gather where {@code early} is there.
     *
     * @throws IllegalArgumentException if the owners differ or {@code early} has a pair that this placement lacks
     */
    public Placement beyond(Placement early) {
        if (!contains(early)) {
            throw new IllegalArgumentException("placement lacks pairs of the earlier one or has other owners");
        }
        BitSet late = (BitSet) pairs.clone();
        late.andNot(early.pairs);
        for (int e = 0; e < owner.length; e++) {
            late.set(e * rankCount + owner[e]);
        }
        return new Placement(rankCount, owner, late);
    }

    /** The same owners without any copy. */
    public Placement ownersOnly() {
        return ofOwners(owner, rankCount);
    }

    public int expertCount() {
        return owner.length;
    }

    public int rankCount() {
        return rankCount;
    }

    public int owner(int expert) {
        return owner[expert];
    }

    public boolean holds(int rank, int expert) {
        return pairs.get(pair(expert, rank));
    }

    /** Holders of an expert in ascending rank order, the owner among them. */
    public int[] holders(int expert) {
        int[] holders = new int[rankCount];
        int n = 0;
        for (int rank = nextHolder(expert, 0); rank >= 0; rank = nextHolder(expert, rank + 1)) {
            holders[n++] = rank;
        }
        return Arrays.copyOf(holders, n);
    }

    /**
     * The lowest holder of an expert that is not below {@code fromRank}, or -1: walks the holders without allocating.
     *
     * @param fromRank 0..rankCount
     */
    public int nextHolder(int expert, int fromRank) {
        if (fromRank == rankCount) {
            return -1;
        }
        int found = pairs.nextSetBit(pair(expert, fromRank));
        return found < 0 || found - expert * rankCount >= rankCount ? -1 : found - expert * rankCount;
    }

    /** Experts that a rank holds, ascending. */
    public int[] heldBy(int rank) {
        int[] held = new int[owner.length];
        int n = 0;
        for (int e = 0; e < owner.length; e++) {
            if (holds(rank, e)) {
                held[n++] = e;
            }
        }
        return Arrays.copyOf(held, n);
    }

    /** Copies on each rank: experts that it holds and does not own. */
    public int[] copiesByRank() {
        int[] copies = new int[rankCount];
        for (int pair = pairs.nextSetBit(0); pair >= 0; pair = pairs.nextSetBit(pair + 1)) {
            copies[pair % rankCount]++;
        }
        for (int rank : owner) {
            copies[rank]--;
        }
        return copies;
    }

    /** Number of (expert, rank) pairs beyond the owners. */
    public int copyCount() {
        return pairs.cardinality() - owner.length;
    }

    /** True if every pair of the other placement is a pair of this one and the owners agree. */
    public boolean contains(Placement other) {
        BitSet rest = (BitSet) other.pairs.clone();
        rest.andNot(pairs);
        return rankCount == other.rankCount && Arrays.equals(owner, other.owner) && rest.isEmpty();
    }

    /** The same on every rank and in every process; part of the plan hash that collectives compare before moving bytes. */
    public long stableHash() {
        long h = StableHash.mix(StableHash.SEED, rankCount);
        h = StableHash.mix(h, owner.length);
        for (int o : owner) {
            h = StableHash.mix(h, o);
        }
        for (long word : pairs.toLongArray()) {
            h = StableHash.mix(h, word);
        }
        return h;
    }

    private int pair(int expert, int rank) {
        return Objects.checkIndex(expert, owner.length) * rankCount + Objects.checkIndex(rank, rankCount);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Placement that
                && rankCount == that.rankCount
                && Arrays.equals(owner, that.owner)
                && pairs.equals(that.pairs);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(stableHash());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Placement[");
        for (int e = 0; e < owner.length; e++) {
            text.append(e == 0 ? "" : " ").append(e).append(':').append(Arrays.toString(holders(e)));
        }
        return text.append(']').toString();
    }
}
