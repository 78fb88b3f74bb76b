package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** y = x W^T with W stored [out, in]. {@code beta} scales what the output holds before: 0 overwrites, 1 adds. */
public interface LinearKernel {
    /** y [rows, out] = x [rows, in] * w [out, in]^T + beta * y. */
    void forward(MemorySegment x, MemorySegment w, MemorySegment y, int rows, int in, int out, float beta);

    /** dx [rows, in] = dy [rows, out] * w [out, in] + beta * dx. */
    void backwardInput(MemorySegment dy, MemorySegment w, MemorySegment dx, int rows, int in, int out, float beta);

    /** dw [out, in] = dy [rows, out]^T * x [rows, in] + beta * dw; with zero rows dw = beta * dw. */
    void backwardWeight(MemorySegment dy, MemorySegment x, MemorySegment dw, int rows, int in, int out, float beta);
}
