package io.witan.kernels.host;

import io.witan.kernels.gemm.Gemm;
import io.witan.kernels.gemm.Matrix;
import java.lang.foreign.Arena;

/** Matrix products of each worker, with its own working memory. */
final class ThreadGemms implements AutoCloseable {
    /** Parts of a product begin at multiples of this, so that the tiles of both providers fill them. */
    static final int TILE = 48;

    private final Arena arena = Arena.ofShared();
    private final Gemm[] gemms;
    private final long bytes;

    ThreadGemms(GemmProvider provider, int threads) {
        gemms = new Gemm[threads];
        for (int part = 0; part < threads; part++) {
            gemms[part] = provider.open(arena);
        }
        bytes = threads * provider.scratchBytes();
    }

    /** c = a * b + beta * c for any shape, empty ones too, on the thread of that part. c is row-major. */
    void multiply(int part, Matrix a, Matrix b, Matrix c, float beta) {
        multiply(part, a, b, c, 1f, beta);
    }

    /** c = alpha * a * b + beta * c, as above. */
    void multiply(int part, Matrix a, Matrix b, Matrix c, float alpha, float beta) {
        if (c.rows() == 0 || c.cols() == 0) {
            return;
        }
        if (a.cols() > 0) {
            gemms[part].multiply(a, b, c, alpha, beta);
        } else {
            c.scale(beta);
        }
    }

    /** Bytes of working memory held. */
    long bytes() {
        return arena.scope().isAlive() ? bytes : 0;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
