package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** Element-wise odds and ends; {@code count} is a number of fp32 elements. */
public interface VectorKernel {
    /** to += from. */
    void add(MemorySegment to, MemorySegment from, long count);

    /** to = a * b, element by element; to may be either. */
    void multiply(MemorySegment a, MemorySegment b, MemorySegment to, long count);

    /** x *= factor. */
    void scale(MemorySegment x, float factor, long count);

    void zero(MemorySegment x, long count);

    /** Sum of squares, accumulated in double in a fixed order; NaN or infinite if an element is. */
    double sumOfSquares(MemorySegment x, long count);

    /** Sum, accumulated in double in a fixed order. */
    double sum(MemorySegment x, long count);
}
