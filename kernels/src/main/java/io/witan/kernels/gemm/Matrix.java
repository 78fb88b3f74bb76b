package io.witan.kernels.gemm;

import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * A view of fp32 numbers in off-heap memory as a matrix; it owns nothing and checks no bounds.
 *
 * @param memory keeps the numbers reachable
 * @param offset bytes from the start of memory to element (0, 0)
 * @param leading elements between two stored rows (two stored columns, if transposed)
 */
public record Matrix(MemorySegment memory, long offset, int rows, int cols, int leading, Layout layout) {
    /** How a matrix lies in memory. */
    public enum Layout {
        ROW_MAJOR,
        TRANSPOSED
    }

    /** A dense row-major matrix at the start of memory. */
    public static Matrix of(MemorySegment memory, int rows, int cols) {
        return new Matrix(memory, 0, rows, cols, cols, Layout.ROW_MAJOR);
    }

    /** A row-major matrix whose rows lie {@code leading} elements apart and begin {@code first} elements into memory. */
    public static Matrix strided(MemorySegment memory, long first, int rows, int cols, int leading) {
        return new Matrix(memory, first * Float.BYTES, rows, cols, leading, Layout.ROW_MAJOR);
    }

    public Matrix transposed() {
        Layout other = layout == Layout.ROW_MAJOR ? Layout.TRANSPOSED : Layout.ROW_MAJOR;
        return new Matrix(memory, offset, cols, rows, leading, other);
    }

    /** Rows from..to-1. */
    public Matrix rowRange(int from, int to) {
        long step = layout == Layout.ROW_MAJOR ? leading : 1;
        return new Matrix(memory, offset + from * step * Float.BYTES, to - from, cols, leading, layout);
    }

    /** Columns from..to-1. */
    public Matrix colRange(int from, int to) {
        return transposed().rowRange(from, to).transposed();
    }

    /** Address of element (0, 0). */
    public long address() {
        return memory.address() + offset;
    }

    /** Multiplies a row-major matrix by a factor; 0 makes zeros of whatever was there. */
    public void scale(float factor) {
        for (int row = 0; row < rows; row++) {
            long at = address() + 4L * row * leading;
            if (factor == 0) {
                Lanes.zero(at, 4L * cols);
            } else if (factor != 1) {
                Rows.scale(at, factor, cols);
            }
        }
    }

    /** Called after native code has worked with their addresses. */
    public static void keepReachable(Matrix a, Matrix b, Matrix c) {
        Reference.reachabilityFence(a.memory);
        Reference.reachabilityFence(b.memory);
        Reference.reachabilityFence(c.memory);
    }

    /** @throws IllegalArgumentException if c cannot hold a * b, or is transposed */
    public static void checkProduct(Matrix a, Matrix b, Matrix c) {
        if (a.rows() != c.rows() || a.cols() != b.rows() || b.cols() != c.cols()) {
            throw new IllegalArgumentException("gemm: " + a + " * " + b + " does not give " + c);
        }
        if (c.layout() != Layout.ROW_MAJOR) {
            throw new IllegalArgumentException("gemm: the result is transposed");
        }
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + cols + "] leading " + leading + " " + layout;
    }
}
