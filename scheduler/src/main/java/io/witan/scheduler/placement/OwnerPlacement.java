package io.witan.scheduler.placement;

/** Homogeneous ownership, with which a run starts (Hecate, section 4.3): the experts split evenly over the ranks. */
public final class OwnerPlacement {
    private OwnerPlacement() {}

    /**
     * Splits L x E experts over R ranks. In a layer each rank owns a contiguous block of floor(E/R) or ceil(E/R) experts, in
     * rank order; the E mod R blocks that are one larger (or, if E is below R, the only ones) move on round-robin from layer to
     * layer. So all ranks own equally many over all layers, but for one, and if R divides E this is classical expert
     * parallelism.
     *
     * @return owner[l][e] in 0..ranks-1
     * @throws IllegalArgumentException if a number is below 1 or some rank would own nothing
     */
    public static int[][] even(int layers, int experts, int ranks) {
        slots(layers, experts, ranks);
        int base = experts / ranks;
        int larger = experts % ranks;
        int[][] owner = new int[layers][experts];
        for (int l = 0; l < layers; l++) {
            int firstLarger = (int) ((long) l * larger % ranks);
            int e = 0;
            for (int rank = 0; rank < ranks; rank++) {
                int behind = Math.floorMod(rank - firstLarger, ranks);
                int blockEnd = e + base + (behind < larger ? 1 : 0);
                while (e < blockEnd) {
                    owner[l][e++] = rank;
                }
            }
        }
        return owner;
    }

    /**
     * The same for experts in S shards, of which shard s of expert e is number e S + s: every S neighbouring ranks take the place of one rank of
     * {@link #even} and own a shard of each expert that it would own, the s-th of them shard s. One rank alone owns all.
     *
     * @return owner[l][e S + s] in 0..ranks-1
     * @throws IllegalArgumentException as {@link #even}, or if S does not divide several ranks
     */
    public static int[][] sharded(int layers, int experts, int sharding, int ranks) {
        if (sharding < 1 || ranks > 1 && ranks % sharding != 0) {
            throw new IllegalArgumentException(
                    "experts in " + sharding + " shards on " + ranks + " ranks: shards must divide ranks");
        }
        int width = ranks == 1 ? 1 : sharding;
        int[][] group = even(layers, experts, ranks / width);
        int[][] owner = new int[layers][Math.multiplyExact(experts, sharding)];
        for (int l = 0; l < layers; l++) {
            for (int shard = 0; shard < owner[l].length; shard++) {
                owner[l][shard] = group[l][shard / sharding] * width + shard % width;
            }
        }
        return owner;
    }

    /**
     * Experts that each rank owns over all layers: L x E / R, one more on the first (L x E mod R) ranks.
     *
     * @throws IllegalArgumentException as {@link #even}
     */
    public static int[] slots(int layers, int experts, int ranks) {
        if (layers < 1 || experts < 1 || ranks < 1) {
            throw new IllegalArgumentException("ownership needs layers, experts and ranks of at least 1, got " + layers
                    + ", " + experts + ", " + ranks);
        }
        long total = (long) layers * experts;
        if (ranks > total) {
            throw new IllegalArgumentException(ranks + " ranks, but only " + total + " expert slots over all layers");
        }
        if (total > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(total + " expert slots over all layers, allowed up to 2^31-1");
        }
        int[] slots = new int[ranks];
        for (int rank = 0; rank < ranks; rank++) {
            slots[rank] = (int) (total / ranks) + (rank < total % ranks ? 1 : 0);
        }
        return slots;
    }
}
