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
 * The loops that bring operands into the order in which {@link MicroKernel} reads them. Their one argument is the address of
 * the 64-bit numbers below, which they do not change.
 */
final class PackingCode {
    /** Floats in a row and in a column of what is transposed at a time. */
    static final int BLOCK = 8;

    /** Address of the source. */
    static final int FROM = 0;
    /** Bytes between rows of the source. */
    static final int FROM_STRIDE = 8;
    /** Address of the destination. */
    static final int TO = 16;

    static final int TO_STRIDE = 24;
    /** Turns of the loop, at least 1: blocks to transpose, or rows to copy. */
    static final int COUNT = 32;
    /** Bytes from one block to the next in the source. */
    static final int FROM_STEP = 40;

    static final int TO_STEP = 48;

    private static final int VECTOR_BYTES = BLOCK * Float.BYTES;
    private static final int PANEL_ROW_BYTES = MicroKernel.COLS * Float.BYTES;
    private static final int FIRST_TWO = 0x44;
    private static final int LAST_TWO = 0xEE;
    private static final int LOW_HALVES = 0x20;
    private static final int HIGH_HALVES = 0x31;

    private PackingCode() {}

    /** Transposes blocks of 8 x 8 floats in a row or a column of blocks. */
    static byte[] transpose() {
        StridedRows from = new StridedRows(RSI, RAX, R11, RDI);
        StridedRows to = new StridedRows(R8, RDX, R11, RDI);
        Assembler code = new Assembler();
        begin(code);
        code.load(R9, Address.at(RDI, FROM_STEP));
        code.load(R10, Address.at(RDI, TO_STEP));
        Assembler.Label block = code.here();
        from.point(code);
        for (int row = 0; row < BLOCK; row++) {
            code.load(row, from.row(row, 0));
        }
        prefetch(code);
        transposeRegisters(code);
        to.point(code);
        for (int row = 0; row < BLOCK; row++) {
            code.store(to.row(row, 0), BLOCK + row);
        }
        code.add(RAX, R9);
        code.add(RDX, R10);
        return end(code, block);
    }

    private static void begin(Assembler code) {
        code.load(RAX, Address.at(RDI, FROM));
        code.load(RSI, Address.at(RDI, FROM_STRIDE));
        code.load(RDX, Address.at(RDI, TO));
        code.load(R8, Address.at(RDI, TO_STRIDE));
        code.load(RCX, Address.at(RDI, COUNT));
    }

    private static byte[] end(Assembler code, Assembler.Label turn) {
        code.decrement(RCX);
        code.ifNotZero(turn);
        code.zeroUpper();
        code.returnToCaller();
        return code.code();
    }

    /** Asks for the block eight further on, as its rows lie on lines that no hardware guesses. R11 and RDI are free then. */
    private static void prefetch(Assembler code) {
        code.address(R11, Address.at(RAX, R9, BLOCK));
        for (int row = 0; row < BLOCK; row += StridedRows.PER_BASE) {
            StridedRows three = new StridedRows(RSI, R11, RDI);
            for (int i = 0; i < Math.min(StridedRows.PER_BASE, BLOCK - row); i++) {
                code.prefetch(three.row(i, 0));
            }
            three.point(code);
            code.address(R11, Address.at(RDI, 0));
        }
    }

    /** Rows in registers 0 to 7 become columns in registers 8 to 15: pairs, then fours, then eights. */
    private static void transposeRegisters(Assembler code) {
        for (int pair = 0; pair < BLOCK; pair += 2) {
            code.interleaveLow(BLOCK + pair, pair, pair + 1);
            code.interleaveHigh(BLOCK + pair + 1, pair, pair + 1);
        }
        for (int four = 0; four < BLOCK; four += 4) {
            int pairs = BLOCK + four;
            code.shuffle(four, pairs, pairs + 2, FIRST_TWO);
            code.shuffle(four + 1, pairs, pairs + 2, LAST_TWO);
            code.shuffle(four + 2, pairs + 1, pairs + 3, FIRST_TWO);
            code.shuffle(four + 3, pairs + 1, pairs + 3, LAST_TWO);
        }
        for (int i = 0; i < BLOCK / 2; i++) {
            code.halves(BLOCK + i, i, BLOCK / 2 + i, LOW_HALVES);
            code.halves(BLOCK + BLOCK / 2 + i, i, BLOCK / 2 + i, HIGH_HALVES);
        }
    }

    /**
     * Copies rows of so many times {@link MicroKernel#COLS} floats, each of these into a panel of its own. Reading several
     * panels at a time goes along the rows, which may each be on another page.
     */
    static byte[] copy(int panels) {
        Assembler code = new Assembler();
        begin(code);
        Assembler.Label row = code.here();
        for (int panel = 0; panel < panels; panel++) {
            code.prefetch(Address.at(RAX, RSI, BLOCK).plus(panel * PANEL_ROW_BYTES));
        }
        for (int panel = 0; panel < panels; panel++) {
            for (int v = 0; v < PANEL_ROW_BYTES / VECTOR_BYTES; v++) {
                code.load(v, Address.at(RAX, panel * PANEL_ROW_BYTES + v * VECTOR_BYTES));
                code.store(Address.at(RDX, panel * Packing.PANEL_BYTES + v * VECTOR_BYTES), v);
            }
        }
        code.add(RAX, RSI);
        code.add(RDX, R8);
        return end(code, row);
    }
}
