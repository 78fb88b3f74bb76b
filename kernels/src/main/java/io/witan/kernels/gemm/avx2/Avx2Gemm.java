package io.witan.kernels.gemm.avx2;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.gemm.Gemm;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.gemm.ProcessorFlags;
import io.witan.kernels.simd.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Products by {@link MicroKernel}. An element is summed in blocks of {@link Packing#DEPTH} steps, within a block in order, block after
 * block: its bits depend neither on the shape of the product, nor on how it is split by rows and columns, nor on where it lies.
 */
public final class Avx2Gemm implements Gemm {
    private static final int ROWS = MicroKernel.ROWS;
    private static final int COLS = MicroKernel.COLS;
    private static final int WIDTH = Packing.PANELS * COLS;
    private static final long TILE_STRIDE = COLS * 4L;
    private static final long TILE_BYTES = Packing.HEIGHT * TILE_STRIDE;

    /** Working memory of one thread. */
    public static final long SCRATCH_BYTES = Packing.BYTES + TILE_BYTES + MicroKernel.ARGUMENT_BYTES;

    private final Packing packing;
    /** Where results of a panel with less than 16 columns go first. */
    private final long tile;

    private final MemorySegment arguments;

    /** @param arena keeps {@link #SCRATCH_BYTES} of working memory */
    public Avx2Gemm(Arena arena) {
        Routines.load();
        packing = new Packing(arena);
        tile = arena.allocate(TILE_BYTES, TILE_STRIDE).address();
        arguments = arena.allocate(MicroKernel.ARGUMENT_BYTES, JAVA_LONG.byteAlignment());
    }

    /** True if this processor has what the kernels need. */
    public static boolean runsOn(ProcessorFlags flags) {
        return flags.has("avx2") && flags.has("fma");
    }

    /**
     * Writes the machine code, once a process.
     *
     * @throws io.witan.kernels.KernelException if the system refuses executable memory
     */
    public static void load() {
        Routines.load();
    }

    @Override
    public void multiply(Matrix a, Matrix b, Matrix c, float alpha, float beta) {
        Matrix.checkProduct(a, b, c);
        if (beta != 0 && beta != 1) {
            c.scale(beta);
        }
        arguments.set(JAVA_LONG, MicroKernel.SCALED, alpha == 1 ? 0 : 1);
        arguments.set(JAVA_FLOAT, MicroKernel.ALPHA, alpha);
        int tiles = (c.rows() + ROWS - 1) / ROWS;
        int blocks = (c.rows() + Packing.HEIGHT - 1) / Packing.HEIGHT;
        for (int block = 0; block < blocks; block++) {
            int from = (int) ((long) tiles * block / blocks * ROWS);
            int to = Math.min(c.rows(), (int) ((long) tiles * (block + 1) / blocks * ROWS));
            multiplyRows(a.rowRange(from, to), b, c.rowRange(from, to), beta != 0);
        }
        Matrix.keepReachable(a, b, c);
    }

    private void multiplyRows(Matrix a, Matrix b, Matrix c, boolean add) {
        for (int from = 0; from < a.cols(); from += Packing.DEPTH) {
            int to = Math.min(a.cols(), from + Packing.DEPTH);
            packing.block(a.colRange(from, to), c.cols());
            arguments.set(JAVA_LONG, MicroKernel.FOURS, (to - from) / 4);
            arguments.set(JAVA_LONG, MicroKernel.REST, (to - from) % 4);
            for (int col = 0; col < c.cols(); col += WIDTH) {
                int end = Math.min(c.cols(), col + WIDTH);
                packing.panels(b.rowRange(from, to).colRange(col, end));
                multiplyPanels(c.colRange(col, end), add || from > 0);
            }
        }
    }

    private void multiplyPanels(Matrix c, boolean add) {
        for (int col = 0; col < c.cols(); col += COLS) {
            arguments.set(JAVA_LONG, MicroKernel.B, packing.panel(col / COLS));
            multiplyPanel(c.colRange(col, Math.min(c.cols(), col + COLS)), add);
        }
    }

    private void multiplyPanel(Matrix c, boolean add) {
        long stride = 4L * c.leading();
        if (c.cols() == COLS) {
            tiles(c.address(), stride, c.rows(), add);
            return;
        }
        tiles(tile, TILE_STRIDE, c.rows(), false);
        for (int row = 0; row < c.rows(); row++) {
            for (int col = 0; col < c.cols(); col++) {
                long to = c.address() + row * stride + 4L * col;
                float product = Lanes.get(tile + row * TILE_STRIDE + 4L * col);
                Lanes.set(to, add ? product + Lanes.get(to) : product);
            }
        }
    }

    /** The block of A times the panel. */
    private void tiles(long c, long stride, int rows, boolean add) {
        arguments.set(JAVA_LONG, MicroKernel.A, packing.rows());
        arguments.set(JAVA_LONG, MicroKernel.A_STRIDE, packing.rowStride());
        arguments.set(JAVA_LONG, MicroKernel.C, c);
        arguments.set(JAVA_LONG, MicroKernel.C_STRIDE, stride);
        arguments.set(JAVA_LONG, MicroKernel.ADD, add ? 1 : 0);
        // The kernel leaves A and C a full tile below the last one.
        if (rows >= ROWS) {
            arguments.set(JAVA_LONG, MicroKernel.TILES, rows / ROWS);
            Routines.multiply(ROWS, arguments.address());
        }
        if (rows % ROWS > 0) {
            arguments.set(JAVA_LONG, MicroKernel.TILES, 1);
            Routines.multiply(rows % ROWS, arguments.address());
        }
    }
}
