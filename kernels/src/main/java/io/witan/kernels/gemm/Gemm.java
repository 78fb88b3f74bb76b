package io.witan.kernels.gemm;

/** Products of fp32 matrices, for one thread at a time. */
@FunctionalInterface
public interface Gemm {
    /**
     * c = alpha * a * b + beta * c; with beta 0 c is overwritten, whatever it held. c is row-major and overlaps neither a
     * nor b; the summed dimension is at least 1.
     *
     * @throws IllegalArgumentException if the shapes do not fit or c is transposed
     */
    void multiply(Matrix a, Matrix b, Matrix c, float alpha, float beta);
}
