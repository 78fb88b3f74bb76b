package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/**
 * Products over groups of rows with operands that are bf16 in memory, and fp32 sums, all groups in one launch. Shapes, groups and
 * offsets as in {@link io.witan.kernels.GroupedLinearKernel}; weights of groups without rows may be null. Widths are multiples of 8
 * and segments begin at multiples of 16 bytes; others are refused. Rows are arbitrary.
 */
public interface GroupedGemm {
    /** What suits the device best. */
    static GroupedGemm of(Device device) {
        return new CheckedGemm(device.info().isHopper() ? new HopperGemm(device) : new TensorCoreGemm(device));
    }

    /** y [rows, out] fp32 = x [rows, in] * w[g] [out, in]^T + beta * y. */
    void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta);

    /** As {@link #forward} with beta 0 and y rounded to bf16. */
    void forwardBf16(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths);

    /** dx [rows, in] fp32 = dy [rows, out] * w[g] [out, in] + beta * dx. */
    void backwardInput(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta);

    /** As {@link #backwardInput} with beta 0 and dx rounded to bf16. */
    void backwardInputBf16(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths);

    /** dw[g] [out, in] fp32 = dy_g^T * x_g + beta * dw[g]; a group without rows has beta * dw[g], or a null dw[g]. */
    void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta);

    /** a = x * w[g]^T, kept in fp32 until its gelu and the derivative are taken; a itself is not stored. */
    void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, Gelu result, Widths widths);

    /** a = x * gate[g]^T, b = x * up[g]^T, kept in fp32 until y and its derivatives are taken; a and b are not stored. */
    void swiglu(MemorySegment x, int[] offsets, SwigluWeights weights, Swiglu result, Widths widths);

    /**
     * Results of {@link #gelu}, each [rows, out] bf16.
     *
     * @param y gelu(a)
     * @param slope its derivative at a
     */
    record Gelu(MemorySegment y, MemorySegment slope) {}

    /** Weights of {@link #swiglu}, one [out, in] a group each. */
    record SwigluWeights(MemorySegment[] gate, MemorySegment[] up) {}

    /**
     * Results of {@link #swiglu}, each [rows, out] bf16.
     *
     * @param y silu(a) * b
     * @param gateSlope its derivative to a
     * @param upSlope its derivative to b
     */
    record Swiglu(MemorySegment y, MemorySegment gateSlope, MemorySegment upSlope) {}
}
