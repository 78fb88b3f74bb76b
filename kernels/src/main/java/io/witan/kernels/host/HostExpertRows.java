package io.witan.kernels.host;

import io.witan.kernels.ExpertRowsKernel;
import io.witan.kernels.PermuteKernel;
import io.witan.kernels.PermuteKernel.CombineGradient;
import java.lang.foreign.MemorySegment;

/**
 * Rows of experts that are fp32, as those of tokens are.
 *
 * @param permute of the same back end
 */
record HostExpertRows(PermuteKernel permute) implements ExpertRowsKernel {
    @Override
    public void gather(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols) {
        permute.gatherRows(from, row, to, n, cols);
    }

    @Override
    public void combine(
            MemorySegment y,
            MemorySegment position,
            MemorySegment weight,
            MemorySegment out,
            int tokens,
            int topK,
            int cols) {
        permute.combine(y, position, weight, out, tokens, topK, cols);
    }

    @Override
    public void combineBackward(CombineGradient gradient, int tokens, int topK, int cols) {
        permute.combineBackward(gradient, tokens, topK, cols);
    }

    @Override
    public void sumByPosition(
            MemorySegment dy, MemorySegment position, MemorySegment dx, int tokens, int topK, int cols, float beta) {
        permute.sumByPosition(dy, position, dx, tokens, topK, cols, beta);
    }
}
