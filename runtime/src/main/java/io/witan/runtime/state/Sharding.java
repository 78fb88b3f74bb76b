package io.witan.runtime.state;

import io.witan.scheduler.plan.ExpertSlices;

/** What a rank keeps of the experts: parameters and both moments. */
public enum Sharding {
    /** Every expert lies whole on its owner. */
    WHOLE {
        @Override
        boolean keeps(int owner, int rank) {
            return owner == rank;
        }

        @Override
        StateEntry.Part part(long expertLength, int rank, int ranks) {
            return new StateEntry.Part(0, expertLength);
        }
    },
    /** Every rank has a slice of each expert, all equally long ({@link ExpertSlices}). Owners only say who writes it to checkpoints. */
    SLICED {
        @Override
        boolean keeps(int owner, int rank) {
            return true;
        }

        @Override
        StateEntry.Part part(long expertLength, int rank, int ranks) {
            long length = new ExpertSlices(1, ranks).sliceLength(expertLength);
            return new StateEntry.Part(rank * length, length);
        }
    };

    /** True if a rank has something of an expert with this owner. */
    abstract boolean keeps(int owner, int rank);

    /**
     * What a rank has of each expert that it {@link #keeps}.
     *
     * @param expertLength parameters of an expert
     * @param ranks of the world
     */
    abstract StateEntry.Part part(long expertLength, int rank, int ranks);
}
