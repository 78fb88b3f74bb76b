package io.witan.kernels;

import io.witan.kernels.PermuteKernel.CombineGradient;
import java.lang.foreign.MemorySegment;

/**
 * Moving rows between tokens, which are fp32, and experts, which are in the format of the same back end's {@link FeedForwardKernel}:
 * {@link PermuteKernel} with a change of format on the way. Sums are fp32. {@code cols} is the width of a row in elements.
 */
public interface ExpertRowsKernel {
    /** to[j] = from[row[j]] for j in 0..n-1; from is fp32, to the experts'; row [n] int32. */
    void gather(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols);

    /** As {@link PermuteKernel#combine}; y is the experts', out fp32. */
    void combine(
            MemorySegment y,
            MemorySegment position,
            MemorySegment weight,
            MemorySegment out,
            int tokens,
            int topK,
            int cols);

    /** As {@link PermuteKernel#combineBackward}; y and dy are the experts', the rest is fp32. */
    void combineBackward(CombineGradient gradient, int tokens, int topK, int cols);

    /** As {@link PermuteKernel#sumByPosition}; dy is the experts', dx fp32. */
    void sumByPosition(
            MemorySegment dy, MemorySegment position, MemorySegment dx, int tokens, int topK, int cols, float beta);
}
