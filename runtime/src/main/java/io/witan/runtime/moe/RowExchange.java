package io.witan.runtime.moe;

import java.lang.foreign.MemorySegment;

/**
 * How rows come from rank to rank: the all-to-all of dispatch and combine. All ranks take part, also with nothing to send.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface RowExchange {
    /**
     * @param from this rank's rows by target rank, in host memory
     * @param counts the same on all ranks
     * @param to rows for this rank by source rank, in host memory, out
     * @param rowBytes of a row, the same on all ranks
     */
    void exchange(MemorySegment from, Counts counts, MemorySegment to, long rowBytes);

    /** Numbers of rows. */
    interface Counts {
        /** From one rank to another. */
        int rows(int source, int target);
    }
}
