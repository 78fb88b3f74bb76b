package io.witan.kernels.host;

import io.witan.kernels.LinearKernel;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

final class HostLinear implements LinearKernel {
    private final ParallelGemm gemm;

    HostLinear(ParallelGemm gemm) {
        this.gemm = gemm;
    }

    @Override
    public void forward(MemorySegment x, MemorySegment w, MemorySegment y, int rows, int in, int out, float beta) {
        checkSizes(rows, in, out);
        Operand.in("linear x", x, (long) rows * in);
        Operand.in("linear w", w, (long) out * in);
        Operand.out("linear y", y, (long) rows * out);
        gemm.multiply(Matrix.of(x, rows, in), Matrix.of(w, out, in).transposed(), Matrix.of(y, rows, out), beta);
    }

    @Override
    public void backwardInput(
            MemorySegment dy, MemorySegment w, MemorySegment dx, int rows, int in, int out, float beta) {
        checkSizes(rows, in, out);
        Operand.in("linear dy", dy, (long) rows * out);
        Operand.in("linear w", w, (long) out * in);
        Operand.out("linear dx", dx, (long) rows * in);
        gemm.multiply(Matrix.of(dy, rows, out), Matrix.of(w, out, in), Matrix.of(dx, rows, in), beta);
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, MemorySegment x, MemorySegment dw, int rows, int in, int out, float beta) {
        checkSizes(rows, in, out);
        Operand.in("linear dy", dy, (long) rows * out);
        Operand.in("linear x", x, (long) rows * in);
        Operand.out("linear dw", dw, (long) out * in);
        gemm.multiply(Matrix.of(dy, rows, out).transposed(), Matrix.of(x, rows, in), Matrix.of(dw, out, in), beta);
    }

    static void checkSizes(int rows, int in, int out) {
        Operand.size("linear rows", rows);
        Operand.size("linear in", in);
        Operand.size("linear out", out);
    }
}
