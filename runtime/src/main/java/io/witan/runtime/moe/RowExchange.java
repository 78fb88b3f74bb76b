package io.witan.runtime.moe;

import io.witan.runtime.engine.RankRuntime;
import java.lang.foreign.MemorySegment;

/**
 * How rows come from rank to rank: the all-to-all of dispatch and combine. All ranks take part, also with nothing to send, and all
 * start, advance and await the exchanges of a layer in the same order.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface RowExchange {
    /**
     * Starts to exchange rows; until the transit has been awaited nobody else touches them.
     *
     * @param from in host memory
     * @param counts the same on all ranks
     * @param to in host memory, out
     * @param rowBytes of a row, the same on all ranks
     */
    Transit start(MemorySegment from, Counts counts, MemorySegment to, long rowBytes);

    /**
     * The way of a micro-batch's tokens: a row for each assignment, unless the exchange knows better.
     *
     * @param order the layer's
     * @param rows of the assignments
     * @throws IllegalArgumentException if the exchange cannot work with that order
     */
    default Passage open(RankRuntime runtime, Order order, Routed routed, TokenRows rows) {
        return new RowPassage(this, order, routed, rows, runtime.arena());
    }

    /** Which rows. */
    interface Counts {
        /** Number of rows from one rank to another. */
        int rows(int source, int target);

        /** First of this rank's rows for a rank; they follow one another. */
        int sentFrom(int target);

        /** Where the first row from a rank goes; the others follow. */
        int receivedFrom(int source);
    }

    /** Rows on their way. */
    interface Transit {
        /** Where rows come by several stages: waits for the one under way and starts the next, but does not wait for the last. */
        default void advance() {}

        /** True if there is more to do than to wait: the rows are here, or another stage is to be started. Does not block. */
        default boolean isReady() {
            return true;
        }

        /** Waits until all rows have come. */
        void await();
    }
}
