package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Precision;
import java.lang.foreign.MemorySegment;

/**
 * The three products of a linear layer over groups of rows, of fp32 segments. Shapes, groups and offsets as in {@link
 * io.witan.kernels.GroupedLinearKernel}; the caller has checked sizes.
 */
public interface LinearProducts {
    /** Those that multiply in this precision. */
    static LinearProducts of(Device device, Precision precision) {
        return switch (precision) {
            case FP32 -> new Fp32Products(device);
            case BF16 -> new Bf16Products(device, GroupedGemm.of(device));
        };
    }

    /** y = x * w[g]^T + beta * y. */
    void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta);

    /** dx = dy * w[g] + beta * dx. */
    void backwardInput(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta);

    /** dw[g] = dy_g^T * x_g + beta * dw[g]. */
    void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta);
}
