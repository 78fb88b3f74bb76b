package io.witan.kernels.gemm.avx2;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.gemm.Matrix.Layout;
import io.witan.kernels.simd.Lanes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** One thread's copies of operands: a few panels of B and, where it has to be, a block of A. */
final class Packing {
    /** Steps of the summed dimension in a panel, which then fills half of a first-level cache of 32 KiB. */
    static final int DEPTH = 256;
    /** Panels that are filled together. */
    static final int PANELS = 4;
    /** Rows of A in a block, which with the panels fits a second-level cache of 512 KiB. */
    static final int HEIGHT = 384;

    private static final int BLOCK = PackingCode.BLOCK;
    private static final int COLS = MicroKernel.COLS;
    private static final int PANEL_ROW_BYTES = COLS * Float.BYTES;
    static final int PANEL_BYTES = DEPTH * PANEL_ROW_BYTES;
    /** Rows of a copied A lie so far apart: no power of two, which would put them on the same few lines of a cache. */
    private static final long BLOCK_STRIDE = (DEPTH + 16) * 4L;

    private static final long BLOCK_BYTES = HEIGHT * BLOCK_STRIDE;
    private static final long ARGUMENT_BYTES = 64;
    private static final long ALIGNMENT = 4096;

    static final long BYTES = PANELS * PANEL_BYTES + BLOCK_BYTES + ARGUMENT_BYTES;

    /** Rows at a multiple of this from each other compete for the same lines. */
    private static final long CONFLICT_BYTES = 4096;
    /** With fewer columns of B than these, a block of A is read too few times to be worth a copy. */
    private static final int COLS_WORTH_A_COPY = 64;

    private final long panels;
    private final long block;
    private final MemorySegment arguments;
    private long rows;
    private long rowStride;

    Packing(Arena arena) {
        MemorySegment memory = arena.allocate(BYTES, ALIGNMENT);
        panels = memory.address();
        block = panels + (long) PANELS * PANEL_BYTES;
        arguments = memory.asSlice(BYTES - ARGUMENT_BYTES, ARGUMENT_BYTES);
    }

    /** Address of a panel. */
    long panel(int index) {
        return panels + (long) index * PANEL_BYTES;
    }

    /** Address of the block's first row. */
    long rows() {
        return rows;
    }

    /** Bytes between rows of the block. */
    long rowStride() {
        return rowStride;
    }

    /** Takes up a block of A of at most HEIGHT x DEPTH: where it is, or copied so that its rows are dense and apart. */
    void block(Matrix a, int cols) {
        long stride = 4L * a.leading();
        rows = block;
        rowStride = BLOCK_STRIDE;
        if (a.layout() == Layout.TRANSPOSED) {
            transposeBlock(a.address(), stride, a.rows(), a.cols());
        } else if (stride % CONFLICT_BYTES == 0 && cols >= COLS_WORTH_A_COPY) {
            for (int row = 0; row < a.rows(); row++) {
                Lanes.copy(a.address() + row * stride, block + row * BLOCK_STRIDE, 4L * a.cols());
            }
        } else {
            rows = a.address();
            rowStride = stride;
        }
    }

    private void transposeBlock(long from, long stride, int height, int depth) {
        int fullHeight = height / BLOCK * BLOCK;
        int fullDepth = depth / BLOCK * BLOCK;
        if (fullDepth > 0) {
            for (int row = 0; row < fullHeight; row += BLOCK) {
                strides(from + 4L * row, stride, block + row * BLOCK_STRIDE, BLOCK_STRIDE, fullDepth / BLOCK);
                arguments.set(JAVA_LONG, PackingCode.FROM_STEP, BLOCK * stride);
                arguments.set(JAVA_LONG, PackingCode.TO_STEP, BLOCK * 4L);
                Routines.transpose(arguments.address());
            }
        }
        edge(from + fullDepth * stride, stride, block + 4L * fullDepth, depth - fullDepth, fullHeight);
        edge(from + 4L * fullHeight, stride, block + fullHeight * BLOCK_STRIDE, depth, height - fullHeight);
    }

    /** The edges of a block: [rows, cols] to [cols, rows], one by one. */
    private static void edge(long from, long stride, long to, int rows, int cols) {
        for (int col = 0; col < cols; col++) {
            for (int row = 0; row < rows; row++) {
                Lanes.set(to + col * BLOCK_STRIDE + 4L * row, Lanes.get(from + row * stride + 4L * col));
            }
        }
    }

    /** Copies at most DEPTH rows and PANELS * 16 columns of B; what is missing of the last panel's 16 becomes 0. */
    void panels(Matrix b) {
        if (b.layout() == Layout.ROW_MAJOR && b.cols() == PANELS * COLS) {
            strides(b.address(), 4L * b.leading(), panels, PANEL_ROW_BYTES, b.rows());
            Routines.copyPanels(arguments.address());
            return;
        }
        for (int col = 0; col < b.cols(); col += COLS) {
            panel(panel(col / COLS), b.colRange(col, Math.min(b.cols(), col + COLS)));
        }
    }

    private void panel(long panel, Matrix b) {
        long stride = 4L * b.leading();
        if (b.cols() < COLS) {
            Lanes.zero(panel, (long) b.rows() * PANEL_ROW_BYTES);
        }
        if (b.layout() == Layout.TRANSPOSED) {
            transpose(panel, b.address(), stride, b.rows(), b.cols());
        } else if (b.cols() == COLS) {
            strides(b.address(), stride, panel, PANEL_ROW_BYTES, b.rows());
            Routines.copyPanel(arguments.address());
        } else {
            for (int row = 0; row < b.rows(); row++) {
                Lanes.copy(b.address() + row * stride, panel + (long) row * PANEL_ROW_BYTES, 4L * b.cols());
            }
        }
    }

    private void transpose(long panel, long from, long stride, int depth, int cols) {
        int fullCols = cols / BLOCK * BLOCK;
        int fullDepth = depth / BLOCK * BLOCK;
        if (fullDepth > 0) {
            for (int col = 0; col < fullCols; col += BLOCK) {
                strides(from + col * stride, stride, panel + 4L * col, PANEL_ROW_BYTES, fullDepth / BLOCK);
                arguments.set(JAVA_LONG, PackingCode.FROM_STEP, BLOCK * 4L);
                arguments.set(JAVA_LONG, PackingCode.TO_STEP, (long) BLOCK * PANEL_ROW_BYTES);
                Routines.transpose(arguments.address());
            }
        }
        for (int col = 0; col < cols; col++) {
            for (int step = col < fullCols ? fullDepth : 0; step < depth; step++) {
                Lanes.set(panel + (long) step * PANEL_ROW_BYTES + 4L * col, Lanes.get(from + col * stride + 4L * step));
            }
        }
    }

    private void strides(long from, long fromStride, long to, long toStride, long count) {
        arguments.set(JAVA_LONG, PackingCode.FROM, from);
        arguments.set(JAVA_LONG, PackingCode.FROM_STRIDE, fromStride);
        arguments.set(JAVA_LONG, PackingCode.TO, to);
        arguments.set(JAVA_LONG, PackingCode.TO_STRIDE, toStride);
        arguments.set(JAVA_LONG, PackingCode.COUNT, count);
    }
}
