package io.witan.runtime.moe;

import io.witan.runtime.engine.RankRuntime;
import java.lang.foreign.MemorySegment;

/**
 * How rows come from rank to rank: the all-to-all of dispatch and combine. All ranks take part, also with nothing to send, and all
 * start and await the exchanges of a layer in the same order.
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
     */
    default TokenDispatcher open(RankRuntime runtime, Order order, Routed routed, TokenRows rows) {
        return new RowDispatcher(this, order, routed, rows, runtime.arena());
    }

    /**
     * Asked when a layer is made.
     *
     * @throws IllegalArgumentException if the exchange cannot work with rows of that order
     */
    default void require(Order order) {}

    /** Whether rows are added up on their way, so that hooks must leave them as long as they are. */
    default boolean addsUp() {
        return false;
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
        /** Where rows take several hops: starts the next one if nothing has to be waited for. Does not block. */
        default void poll() {}

        /** Waits until the last hop has been started, but not for that one. */
        default void advance() {}

        /** True if {@link #await} does not wait. Does not block; after {@link #poll}. */
        default boolean isReady() {
            return true;
        }

        /** Waits until all rows have come. */
        void await();
    }
}
