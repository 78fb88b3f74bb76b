package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** LayerNorm or RMSNorm over the last dimension. */
public interface NormKernel {
    /**
     * @param x [rows, cols]
     * @param gain [cols]
     * @param bias [cols]
     * @param y [rows, cols], out
     * @param stats [rows, 2], out: mean (0 for RMSNorm) and reciprocal deviation of each row, for backward
     * @param epsilon added to the variance (the mean square)
     */
    void forward(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment bias,
            MemorySegment y,
            MemorySegment stats,
            int rows,
            int cols,
            float epsilon);

    /** dx adds the input gradient; dGain and dBias add theirs, rows summed in a fixed order. */
    void backward(Gradient gradient, int rows, int cols);

    /**
     * Operands of {@link #backward}: x, gain, stats, dy are read; dx, dGain, dBias are added to.
     */
    record Gradient(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment stats,
            MemorySegment dy,
            MemorySegment dx,
            MemorySegment dGain,
            MemorySegment dBias) {}
}
