package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * {@link LinearKernel} for G experts in one call. Rows are sorted by expert: expert g has rows offsets[g] to
 * offsets[g + 1] - 1, and may have none. Weights and their gradients are one segment an expert, so that they can lie
 * anywhere (owned, materialised or read in place).
 */
public interface GroupedLinearKernel {
    /**
     * y [offsets[G], out] = x [offsets[G], in] * w[g] [out, in]^T, group by group.
     *
     * @param offsets G + 1 non-decreasing row numbers, the first 0
     * @param w one segment a group; entries of groups without rows are not touched and may be null
     */
    void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, int in, int out);

    /** dx = dy * w[g] + beta * dx, group by group. */
    void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, int in, int out, float beta);

    /**
     * dw[g] = dy_g^T * x_g + beta * dw[g]; with beta 0 dw[g] is overwritten, by zeros if the group has no rows. Only groups without
     * rows may be null.
     */
    void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, int in, int out, float beta);
}
