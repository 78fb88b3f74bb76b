package io.witan.kernels.host;

import io.witan.kernels.openblas.Matrix;
import io.witan.kernels.openblas.OpenBlas;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;

/** One matrix product over all workers, split along the longer side of the result. The summed dimension is never split. */
final class ParallelGemm {
    /** Multiply-adds below which a part is not worth a thread. */
    private static final long GRAIN = 1L << 19;
    /** Parts begin at multiples of this: a multiple of OpenBLAS's register tiles. */
    private static final int TILE = 16;

    private final Workers workers;

    ParallelGemm(Workers workers) {
        this.workers = workers;
    }

    /** c = a * b + beta * c. */
    void multiply(Matrix a, Matrix b, Matrix c, float beta) {
        boolean byRows = c.rows() >= c.cols();
        int tiles = ((byRows ? c.rows() : c.cols()) + TILE - 1) / TILE;
        long work = (long) c.rows() * c.cols() * a.cols();
        int parts = (int) Math.max(1, Math.min(Math.min(workers.threads(), tiles), work / GRAIN));
        workers.run(parts, part -> {
            int from = (int) ((long) tiles * part / parts) * TILE;
            int to = (int) ((long) tiles * (part + 1) / parts) * TILE;
            if (byRows) {
                int end = Math.min(to, c.rows());
                multiplyOnThisThread(a.rowRange(from, end), b, c.rowRange(from, end), beta);
            } else {
                int end = Math.min(to, c.cols());
                multiplyOnThisThread(a, b.colRange(from, end), c.colRange(from, end), beta);
            }
        });
    }

    /** c = a * b + beta * c for any shape, empty ones too. c is row-major. */
    static void multiplyOnThisThread(Matrix a, Matrix b, Matrix c, float beta) {
        if (c.rows() == 0 || c.cols() == 0) {
            return;
        }
        if (a.cols() > 0) {
            OpenBlas.multiply(a, b, c, 1f, beta);
            return;
        }
        for (int row = 0; row < c.rows(); row++) {
            long address = c.memory().address() + c.offset() + 4L * row * c.leading();
            if (beta == 0f) {
                Lanes.zero(address, 4L * c.cols());
            } else {
                Rows.scale(address, beta, c.cols());
            }
        }
    }
}
