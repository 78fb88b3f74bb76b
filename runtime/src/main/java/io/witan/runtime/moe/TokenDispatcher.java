package io.witan.runtime.moe;

import java.lang.foreign.MemorySegment;

/**
 * How the tokens of one micro-batch come to the experts and back: which rows leave a rank, what makes rows of its tokens and tokens of rows,
 * and what moves them, forward and then backward. Tokens [T, D] are fp32, rows [n, D] in the experts' format. All ranks take part in the same
 * order, also with nothing to send.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface TokenDispatcher {
    /** Starts to tell other ranks what they have to know before rows leave; once, before {@link #forward}. */
    default void announce() {}

    /** Whether rows that come back are followed by a row of zeroes, for tokens that have fewer rows than others. */
    boolean hasVoidRow();

    /**
     * Rows to send.
     *
     * @param x [T, D]
     * @param rows [n, D], out
     */
    void order(MemorySegment x, MemorySegment rows);

    /**
     * Adds what has come back to the tokens.
     *
     * @param y [n, D], and the void row
     * @param out [T, D]
     */
    void inverse(MemorySegment y, MemorySegment out);

    /**
     * Backward of {@link #inverse}: rows to send.
     *
     * @param y as there
     * @param dOut [T, D]
     * @param dy [n, D], out; where there is a void row a row more, whose contents do not matter
     */
    void inverseBackward(MemorySegment y, MemorySegment dOut, MemorySegment dy);

    /**
     * Backward of {@link #order}.
     *
     * @param dRows [n, D], and the void row
     * @param dx [T, D], added to
     */
    void orderBackward(MemorySegment dRows, MemorySegment dx);

    /** True if {@link #weightGradient} has to come from other ranks and should be asked for after experts have computed. */
    boolean weightsTravel();

    /** dL/dweight [T, K] of the gate's weights, 0 where dropped; after {@link #inverseBackward}, and in the arena. */
    MemorySegment weightGradient();

    /** Moves rows of forward. */
    Direction forward();

    /** Moves rows of backward, once. */
    Direction backward();

    /** Pieces that travel together: {@code from} is the first, {@code to} the one after the last. */
    record Pieces(int from, int to) {}

    /** One direction's dispatch and combine. All memory is the host's, and nobody else's until the transit has been awaited. */
    interface Direction {
        /** n */
        int rows();

        /** [m] int32: where each expert row lies among those that have been received. */
        MemorySegment receivedRow();

        /**
         * Starts to bring rows to the experts.
         *
         * @param from [n] rows
         * @param to [m] rows as {@link #receivedRow} says, out
         */
        RowExchange.Transit dispatch(MemorySegment from, Pieces pieces, MemorySegment to, long rowBytes);

        /**
         * Starts to bring back what experts have computed.
         *
         * @param from [m] rows as {@link #receivedRow} says
         * @param to [n] rows, out
         */
        RowExchange.Transit combine(MemorySegment from, Pieces pieces, MemorySegment to, long rowBytes);
    }
}
