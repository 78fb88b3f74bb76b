package io.witan.kernels.cuda.device;

import java.lang.foreign.MemorySegment;

/** Dense products of a library, on the stream of one device. One thread at a time. */
public interface Blas extends AutoCloseable {
    /** Name and version, for logs. */
    String description();

    /**
     * c = op(a) * op(b) + beta * c, fp32 in device memory, column-major.
     *
     * @throws io.witan.kernels.KernelException naming the shape and the library's code if it fails
     */
    void multiply(Product product, MemorySegment a, MemorySegment b, MemorySegment c, float beta);

    /** As {@link #multiply}, with a and b of bf16 and sums in fp32. */
    void multiplyBf16(Product product, MemorySegment a, MemorySegment b, MemorySegment c, float beta);

    @Override
    void close();

    /** Whether an operand is taken as it lies, or transposed. The number is cuBLAS's. */
    enum Operation {
        PLAIN,
        TRANSPOSED
    }

    /** op(a) is m x k, op(b) k x n, c m x n; the rest are distances between columns in elements. */
    record Product(Operation a, Operation b, int m, int n, int k, int aLeading, int bLeading, int cLeading) {
        @Override
        public String toString() {
            return "product of " + m + " x " + k + " and " + k + " x " + n;
        }
    }
}
