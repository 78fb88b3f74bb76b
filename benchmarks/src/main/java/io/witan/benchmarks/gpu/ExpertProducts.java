package io.witan.benchmarks.gpu;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.gemm.GroupedGemm;
import io.witan.kernels.cuda.gemm.Widths;
import java.lang.foreign.MemorySegment;

/** The grouped products that are timed: the one place that names their class. Rows, weights and results are bf16 unless said. */
final class ExpertProducts {
    private final GroupedGemm gemm;
    private final String description;

    ExpertProducts(Device device) {
        gemm = GroupedGemm.of(device);
        description = device.info().isHopper() ? "wgmma" : "mma.sync";
    }

    /** For the report. */
    String description() {
        return description;
    }

    /** y [R, F] = x [R, D] * w[e]^T. */
    void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths) {
        gemm.forwardBf16(x, offsets, w, y, widths);
    }

    /** As {@link #forward}, y fp32. */
    void forwardFp32(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths) {
        gemm.forward(x, offsets, w, y, widths, 0);
    }

    /** dx [R, D] = dy [R, F] * w[e]. */
    void inputGradient(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths) {
        gemm.backwardInputBf16(dy, offsets, w, dx, widths);
    }

    /** dw[e] [F, D] fp32 = dy_e^T * x_e. */
    void weightGradient(MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths) {
        gemm.backwardWeight(dy, offsets, x, dw, widths, 0);
    }

    /** y = gelu(x * w[e]^T), and the derivative. */
    void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment[] yAndSlope, Widths widths) {
        gemm.gelu(x, offsets, w, new GroupedGemm.Gelu(yAndSlope[0], yAndSlope[1]), widths);
    }

    /** y = silu(x * gate[e]^T) * (x * up[e]^T), and the derivatives by both products. */
    void swiglu(
            MemorySegment x,
            int[] offsets,
            MemorySegment[] gate,
            MemorySegment[] up,
            MemorySegment[] yAndSlopes,
            Widths widths) {
        GroupedGemm.Swiglu result = new GroupedGemm.Swiglu(yAndSlopes[0], yAndSlopes[1], yAndSlopes[2]);
        gemm.swiglu(x, offsets, new GroupedGemm.SwigluWeights(gate, up), result, widths);
    }
}
