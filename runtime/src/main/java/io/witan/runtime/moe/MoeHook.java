package io.witan.runtime.moe;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Sees, and may replace, the rows between the parts of an MoE layer: to compress what travels, to measure, to change shapes. Hooks run in
 * the order in which they were given, and in backward in the opposite order with the gradients of the same rows; one that changes rows
 * in forward gives the gradient of that in backward.
 *
 * <p>Thread rule: the rank's training thread, on every rank alike. What a hook throws is reported with layer, point and rank.
 */
public interface MoeHook {
    /** Places in forward. */
    enum Point {
        /** The layer's input [T, D], fp32. */
        BEFORE_MOE,
        /** Rows [n, D] that leave for the experts, in the experts' format. */
        BEFORE_DISPATCH,
        /** Rows [m, D] that have come to the experts of this rank; as they were before dispatch. */
        AFTER_DISPATCH,
        /** The experts' output [m, D]. */
        BEFORE_COMBINE,
        /** Rows [n, D] that have come back. */
        AFTER_COMBINE,
        /** The layer's output [T, D] before it is added to what it joins, fp32. */
        AFTER_MOE
    }

    /**
     * @param data {@code count} rows where kernels work; more may follow
     * @param rowBytes of a row; between BEFORE_DISPATCH and AFTER_DISPATCH, and between BEFORE_COMBINE and AFTER_COMBINE, it may be another
     *     multiple of 4 than elsewhere, the same on all ranks
     * @param piece of a pipelined layer's rows between AFTER_DISPATCH and BEFORE_COMBINE, which are called for each of 0, 1, ... in this
     *     order, in backward with the same rows; 0 elsewhere
     */
    record Rows(MemorySegment data, int count, long rowBytes, int piece) {
        /** Others in their place. */
        public Rows with(MemorySegment otherData, long otherRowBytes) {
            return new Rows(otherData, count, otherRowBytes, piece);
        }

        long bytes() {
            return count * rowBytes;
        }
    }

    /**
     * @param rows to read, in this call only: what travels is overwritten; to change them, return others
     * @param pass why the layer runs
     * @param arena for others; until backward is over
     */
    default Rows forward(Point point, Rows rows, Pass pass, StepArena arena) {
        return rows;
    }

    /**
     * @param gradient of the rows that {@link #forward} returned at this point
     * @return gradient of the rows that it got; what is returned in place of them at BEFORE_COMBINE is read until the layer's
     *     backward is over, as gradients of weights are computed later
     */
    default Rows backward(Point point, Rows gradient, StepArena arena) {
        return gradient;
    }
}
