package io.witan.kernels.gemm.avx2;

import static io.witan.kernels.gemm.avx2.Register.R10;
import static io.witan.kernels.gemm.avx2.Register.R11;
import static io.witan.kernels.gemm.avx2.Register.R8;
import static io.witan.kernels.gemm.avx2.Register.R9;
import static io.witan.kernels.gemm.avx2.Register.RAX;
import static io.witan.kernels.gemm.avx2.Register.RCX;
import static io.witan.kernels.gemm.avx2.Register.RDI;
import static io.witan.kernels.gemm.avx2.Register.RDX;
import static io.witan.kernels.gemm.avx2.Register.RSI;

/**
 * The innermost loops: a number of tiles below each other, each of up to {@value #ROWS} rows of A times one panel of B, so up to
 * {@value #ROWS} x {@value #COLS} results. Of the sixteen vector registers twelve hold sums, two a row of the panel and two take
 * turns with an element of A: 12 multiply-adds for 8 loads, and as many independent sums as hide their latency.
 *
 * <p>Its one argument is the address of the 64-bit numbers below, some of which it changes. An element's sum runs over the summed
 * dimension in order, whatever the number of rows.
 */
final class MicroKernel {
    static final int ROWS = 6;
    static final int COLS = 16;

    /** Address of the first row of A. Changed. */
    static final int A = 0;
    /** Bytes between rows of A, within which the summed dimension is dense. */
    static final int A_STRIDE = 8;
    /** Address of the panel: {@value #COLS} floats for each step of the summed dimension. */
    static final int B = 16;
    /** Address of the first row of C. Changed. */
    static final int C = 24;

    static final int C_STRIDE = 32;
    /** Steps of the summed dimension: four times as many as this. */
    static final int FOURS = 40;
    /** And this many more. */
    static final int REST = 48;
    /** Tiles, at least 1; all have the same number of rows. Changed. */
    static final int TILES = 56;
    /** 0: C is overwritten; else it is added to. */
    static final int ADD = 64;
    /** 0: as if {@link #ALPHA} were 1. */
    static final int SCALED = 72;
    /** A float: factor on the products. */
    static final int ALPHA = 80;

    static final int ARGUMENT_BYTES = 88;

    private static final int VECTOR_BYTES = 32;
    private static final int PANEL_ROW_BYTES = COLS * Float.BYTES;
    private static final int VECTORS = PANEL_ROW_BYTES / VECTOR_BYTES;
    private static final int UNROLLED = 4;

    /** Vector registers: two of the panel, two of A, then the sums. */
    private static final int FIRST_OF_A = 2;

    private static final int FIRST_SUM = 4;

    private static final StridedRows A_ROWS = new StridedRows(RSI, RAX, R11);
    private static final StridedRows C_ROWS = new StridedRows(R8, RCX, R9);

    private final Assembler code = new Assembler();
    private final int rows;

    private MicroKernel(int rows) {
        this.rows = rows;
    }

    /** Machine code for tiles of 1 to {@value #ROWS} rows. */
    static byte[] code(int rows) {
        MicroKernel kernel = new MicroKernel(rows);
        kernel.tiles();
        return kernel.code.code();
    }

    private void tiles() {
        Assembler.Label tile = code.here();
        begin();
        steps(FOURS, UNROLLED);
        steps(REST, 1);
        scale();
        finish();
        code.load(RAX, Address.at(RDI, A));
        next(RAX, RSI, A);
        next(RCX, R8, C);
        code.decrement(Address.at(RDI, TILES));
        code.ifNotZero(tile);
        code.zeroUpper();
        code.returnToCaller();
    }

    private void begin() {
        code.load(RAX, Address.at(RDI, A));
        code.load(RSI, Address.at(RDI, A_STRIDE));
        code.load(RDX, Address.at(RDI, B));
        code.load(RCX, Address.at(RDI, C));
        code.load(R8, Address.at(RDI, C_STRIDE));
        A_ROWS.point(code);
        C_ROWS.point(code);
        for (int row = 0; row < rows; row++) {
            code.prefetch(C_ROWS.row(row, 0));
        }
        for (int i = 0; i < rows * VECTORS; i++) {
            code.zero(FIRST_SUM + i);
        }
    }

    /** A loop over the summed dimension, so many steps a turn. */
    private void steps(int turns, int steps) {
        code.load(R10, Address.at(RDI, turns));
        code.test(R10);
        Assembler.Jump none = code.skipIfZero();
        Assembler.Label turn = code.here();
        for (int step = 0; step < steps; step++) {
            step(step);
        }
        code.add(RAX, steps * Float.BYTES);
        code.add(R11, steps * Float.BYTES);
        code.add(RDX, steps * PANEL_ROW_BYTES);
        code.decrement(R10);
        code.ifNotZero(turn);
        code.land(none);
    }

    private void step(int step) {
        for (int v = 0; v < VECTORS; v++) {
            code.load(v, Address.at(RDX, step * PANEL_ROW_BYTES + v * VECTOR_BYTES));
        }
        for (int row = 0; row < rows; row++) {
            int a = FIRST_OF_A + row % 2;
            code.broadcast(a, A_ROWS.row(row, step * Float.BYTES));
            for (int v = 0; v < VECTORS; v++) {
                code.multiplyAdd(sum(row, v), a, v);
            }
        }
    }

    private void scale() {
        code.load(R10, Address.at(RDI, SCALED));
        code.test(R10);
        Assembler.Jump unscaled = code.skipIfZero();
        code.broadcast(0, Address.at(RDI, ALPHA));
        for (int i = 0; i < rows * VECTORS; i++) {
            code.multiply(FIRST_SUM + i, FIRST_SUM + i, 0);
        }
        code.land(unscaled);
    }

    private void finish() {
        code.load(R10, Address.at(RDI, ADD));
        code.test(R10);
        Assembler.Jump overwritten = code.skipIfZero();
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < VECTORS; v++) {
                code.add(sum(row, v), sum(row, v), C_ROWS.row(row, v * VECTOR_BYTES));
            }
        }
        code.land(overwritten);
        for (int row = 0; row < rows; row++) {
            for (int v = 0; v < VECTORS; v++) {
                code.store(C_ROWS.row(row, v * VECTOR_BYTES), sum(row, v));
            }
        }
    }

    /** Moves a pointer and its argument a full tile down. R10 is free by then. */
    private void next(Register pointer, Register stride, int argument) {
        code.address(R10, Address.at(stride, stride, 2));
        code.address(pointer, Address.at(pointer, R10, 2));
        code.store(Address.at(RDI, argument), pointer);
    }

    private static int sum(int row, int vector) {
        return FIRST_SUM + row * VECTORS + vector;
    }
}
