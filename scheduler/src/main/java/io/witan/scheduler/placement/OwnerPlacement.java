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
