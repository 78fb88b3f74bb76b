package io.witan.scheduler.plan;

import java.util.Arrays;

/**
 * Experts of a layer cut into R slices each (fully sharded expert parallelism, LAER-MoE): rank r owns slice r of every expert,
 * parameters and optimizer state. A slice is a chunk of the sparse collectives: slice r of expert e is chunk e x R + r. So the
 * same transfer planner and the same collectives bring whole experts to their holders and the slices of their gradients back.
 *
 * @param expertCount E, at least 1
 * @param rankCount R, at least 1
 */
public record ExpertSlices(int expertCount, int rankCount) {
    /** @throws IllegalArgumentException if a number is below 1, or E x R x R passes 2^31-1 */
    public ExpertSlices {
        if (expertCount < 1
                || rankCount < 1
                || (long) expertCount * rankCount > Integer.MAX_VALUE
                || (long) expertCount * rankCount * rankCount > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("slices of " + expertCount + " experts on " + rankCount
                    + " ranks: allowed 1 or more, and at most 2^31-1 (slice, rank) pairs");
        }
    }

    /** Number of chunks: E x R. */
    public int chunkCount() {
        return expertCount * rankCount;
    }

    /** The chunk that is slice {@code rank} of an expert. */
    public int chunk(int expert, int rank) {
        return expert * rankCount + rank;
    }

    public int expertOf(int chunk) {
        return chunk / rankCount;
    }

    /** The owner of a chunk, which is also the slice's number in its expert. */
    public int ownerOf(int chunk) {
        return chunk % rankCount;
    }

    /**
     * Elements of each slice of an expert: rounded up, so that all are alike. The last slices may be filled up, or nothing but
     * filling.
     */
    public long sliceLength(long expertLength) {
        return Math.ceilDiv(expertLength, rankCount);
    }

    /** Chunks before a gather: each with its owner only. */
    public Placement narrow() {
        int[] owner = new int[chunkCount()];
        Arrays.setAll(owner, this::ownerOf);
        return Placement.ofOwners(owner, rankCount);
    }

    /**
     * Chunks after a gather: all slices of an expert with all its holders, and each slice with its owner.
     *
     * @param experts holders of each expert; who is named owner does not count
     * @throws IllegalArgumentException if it has another number of experts or ranks
     */
    public Placement wide(Placement experts) {
        if (experts.expertCount() != expertCount || experts.rankCount() != rankCount) {
            throw new IllegalArgumentException("slices of " + expertCount + " experts on " + rankCount
                    + " ranks, but a placement of " + experts.expertCount() + " on " + experts.rankCount());
        }
        int[][] holders = new int[chunkCount()][];
        for (int e = 0; e < expertCount; e++) {
            int[] ofExpert = experts.holders(e);
            Arrays.fill(holders, chunk(e, 0), chunk(e, 0) + rankCount, ofExpert);
        }
        return narrow().with(holders);
    }
}
