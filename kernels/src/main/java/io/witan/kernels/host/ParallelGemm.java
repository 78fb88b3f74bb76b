package io.witan.kernels.host;

import io.witan.kernels.gemm.Matrix;

/** One matrix product over all workers, split along the longer side of the result. The summed dimension is never split. */
final class ParallelGemm {
    /** Multiply-adds below which a part is not worth a thread. */
    private static final long GRAIN = 1L << 19;

    private static final int TILE = ThreadGemms.TILE;

    private final Workers workers;
    private final ThreadGemms gemms;

    ParallelGemm(Workers workers, ThreadGemms gemms) {
        this.workers = workers;
        this.gemms = gemms;
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
                gemms.multiply(part, a.rowRange(from, end), b, c.rowRange(from, end), beta);
            } else {
                int end = Math.min(to, c.cols());
                gemms.multiply(part, a, b.colRange(from, end), c.colRange(from, end), beta);
            }
        });
    }
}
