package io.witan.kernels.gemm.avx2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.host.GemmProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class Avx2GemmTest {
    private static final int ROWS = 400;
    private static final int COLS = 50;
    private static final int DEPTH = 300;

    @BeforeEach
    void needsTheProcessor() {
        assumeTrue(GemmProvider.runningHere().contains(GemmProvider.AVX2), "no AVX2 or no FMA");
    }

    @Test
    void splittingAProductChangesNoBit() {
        try (Arena arena = Arena.ofConfined()) {
            Avx2Gemm gemm = new Avx2Gemm(arena);
            Matrix a = random(arena, ROWS, DEPTH, 1);
            Matrix b = random(arena, COLS, DEPTH, 2).transposed();
            Matrix whole = zeros(arena);
            gemm.multiply(a, b, whole, 1, 0);
            Matrix parts = zeros(arena);
            for (int row = 0; row < ROWS; row += 7) {
                for (int col = 0; col < COLS; col += 13) {
                    int lastRow = Math.min(ROWS, row + 7);
                    int lastCol = Math.min(COLS, col + 13);
                    gemm.multiply(
                            a.rowRange(row, lastRow),
                            b.colRange(col, lastCol),
                            parts.rowRange(row, lastRow).colRange(col, lastCol),
                            1,
                            0);
                }
            }
            assertThat(parts.memory().mismatch(whole.memory())).isEqualTo(-1);
        }
    }

    @Test
    void howOperandsLieChangesNoBit() {
        try (Arena arena = Arena.ofConfined()) {
            Avx2Gemm gemm = new Avx2Gemm(arena);
            Matrix a = random(arena, ROWS, DEPTH, 1);
            Matrix b = random(arena, DEPTH, COLS, 2);
            Matrix direct = zeros(arena);
            gemm.multiply(a, b, direct, 0.5f, 1);
            Matrix turned = zeros(arena);
            gemm.multiply(turned(arena, a), turned(arena, b), turned, 0.5f, 1);
            assertThat(turned.memory().mismatch(direct.memory())).isEqualTo(-1);
        }
    }

    @Test
    void notANumberStaysInItsRow() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix a = random(arena, ROWS, DEPTH, 1);
            a.memory().setAtIndex(ValueLayout.JAVA_FLOAT, 7 * DEPTH + 3, Float.NaN);
            Matrix c = zeros(arena);
            new Avx2Gemm(arena).multiply(a, random(arena, DEPTH, COLS, 2), c, 1, 0);
            for (int i = 0; i < ROWS * COLS; i++) {
                assertThat(Float.isNaN(c.memory().getAtIndex(ValueLayout.JAVA_FLOAT, i)))
                        .as("element %d", i)
                        .isEqualTo(i / COLS == 7);
            }
        }
    }

    private static Matrix zeros(Arena arena) {
        return Matrix.of(arena.allocate(4L * ROWS * COLS, 4), ROWS, COLS);
    }

    private static Matrix random(Arena arena, int rows, int cols, long seed) {
        Random random = new Random(seed);
        MemorySegment memory = arena.allocate(4L * rows * cols, 4);
        for (int i = 0; i < rows * cols; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        return Matrix.of(memory, rows, cols);
    }

    /** The same numbers, stored by columns. */
    private static Matrix turned(Arena arena, Matrix m) {
        MemorySegment memory = arena.allocate(m.memory().byteSize(), 4);
        for (int row = 0; row < m.rows(); row++) {
            for (int col = 0; col < m.cols(); col++) {
                float value = m.memory().getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * m.cols() + col);
                memory.setAtIndex(ValueLayout.JAVA_FLOAT, (long) col * m.rows() + row, value);
            }
        }
        return Matrix.of(memory, m.cols(), m.rows()).transposed();
    }
}
