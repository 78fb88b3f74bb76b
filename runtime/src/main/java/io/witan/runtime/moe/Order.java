package io.witan.runtime.moe;

import java.lang.foreign.MemorySegment;

/**
 * Second and last of the parts of an MoE layer: order makes the rows that are sent out of tokens, i-order makes tokens of the rows that
 * come back. Tokens [T, D] are fp32, rows [n, D] in the experts' format.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface Order {
    /**
     * Order.
     *
     * @param x [T, D]
     * @param rows [n, D], out
     */
    void order(MemorySegment x, Routed routed, TokenRows where, MemorySegment rows);

    /**
     * I-order: adds the weighted outputs of a token's experts.
     *
     * @param y [n, D], and a row of zeroes if assignments may be dropped
     * @param out [T, D]
     */
    void inverse(MemorySegment y, Routed routed, TokenRows where, MemorySegment out);

    /**
     * Backward of {@link #inverse}.
     *
     * @param y as there
     * @param dOut [T, D]
     * @param dy [n, D], out; where assignments may be dropped a row more, whose contents do not matter
     * @param dWeight [T, K], out
     */
    void inverseBackward(
            MemorySegment y,
            Routed routed,
            TokenRows where,
            MemorySegment dOut,
            MemorySegment dy,
            MemorySegment dWeight);

    /**
     * Backward of {@link #order}.
     *
     * @param dRows [n, D], and a row of zeroes if assignments may be dropped
     * @param dx [T, D], added to
     */
    void orderBackward(MemorySegment dRows, Routed routed, TokenRows where, MemorySegment dx);
}
