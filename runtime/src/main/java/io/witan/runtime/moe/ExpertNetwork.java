package io.witan.runtime.moe;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * What the experts of an MoE layer compute. Rows come and go in the format of the back end's {@link io.witan.kernels.FeedForwardKernel},
 * as do weights: fp32 on the host.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface ExpertNetwork {
    /**
     * All experts of this rank.
     *
     * @param x [m, D] in expert order, kept by reference until backward
     * @param offsets E + 1 row numbers: rows of expert e begin at offsets[e]
     * @param weights each expert's chunk; null of one that has no rows
     * @param y [m, D], out
     * @param arena for what backward needs
     * @return null if no backward follows
     */
    Computed forward(
            MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena);

    /** From forward to backward. */
    interface Computed {
        /**
         * The gradients of rows.
         *
         * @param weights as in forward, perhaps elsewhere
         * @param dy [m, D], as it is until the gradients of weights are there
         * @param dx [m, D], out
         * @param arena for what those need
         */
        WeightGradients backward(MemorySegment[] weights, MemorySegment dy, MemorySegment dx, StepArena arena);
    }

    /** What is left of backward: ranks may do it while the gradients of rows travel. */
    @FunctionalInterface
    interface WeightGradients {
        /** Once, before anything below in the arena is released. */
        void into(Gradients gradients);
    }

    /**
     * Where weights' gradients go, fp32, and the factor on what is there: 0 overwrites, also of an expert without rows.
     *
     * @param weights each expert's chunk; null of one that this rank does not hold
     */
    record Gradients(MemorySegment[] weights, float beta) {}
}
