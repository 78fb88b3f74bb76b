package io.witan.benchmarks.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.Kernels;
import io.witan.kernels.gemm.Gemm;
import io.witan.kernels.gemm.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/**
 * Forward and backward of GELU experts, and six plain products of the same size: as if one expert had all rows, without
 * activations.
 */
final class GroupedExperts {
    private static final double CHECKED_TOLERANCE = 1e-4;
    private static final int CHECKED_ROWS = 16;

    private final int width;
    private final int hidden;
    private final int[] offsets;
    private final int rows;
    private final MemorySegment[] w1;
    private final MemorySegment[] w2;
    private final MemorySegment[] dw1;
    private final MemorySegment[] dw2;
    private final MemorySegment x;
    private final MemorySegment y;
    private final MemorySegment before;
    private final MemorySegment activated;
    private final MemorySegment dHidden;
    private final MemorySegment dx;

    /** @param offsets rows of expert e are offsets[e] .. offsets[e + 1] - 1 */
    GroupedExperts(int width, int hidden, int[] offsets, Arena arena) {
        this.width = width;
        this.hidden = hidden;
        this.offsets = offsets;
        this.rows = offsets[offsets.length - 1];
        Random random = new Random(1);
        long matrix = (long) width * hidden;
        w1 = matrices(arena, matrix, random);
        w2 = matrices(arena, matrix, random);
        dw1 = matrices(arena, matrix, random);
        dw2 = matrices(arena, matrix, random);
        x = random(arena, (long) rows * width, 1, random);
        y = arena.allocate(JAVA_FLOAT, (long) rows * width);
        dx = arena.allocate(JAVA_FLOAT, (long) rows * width);
        before = arena.allocate(JAVA_FLOAT, (long) rows * hidden);
        activated = arena.allocate(JAVA_FLOAT, (long) rows * hidden);
        dHidden = arena.allocate(JAVA_FLOAT, (long) rows * hidden);
    }

    private MemorySegment[] matrices(Arena arena, long count, Random random) {
        MemorySegment[] matrices = new MemorySegment[offsets.length - 1];
        for (int e = 0; e < matrices.length; e++) {
            matrices[e] = random(arena, count, 0.02, random);
        }
        return matrices;
    }

    private static MemorySegment random(Arena arena, long count, double scale, Random random) {
        MemorySegment memory = arena.allocate(JAVA_FLOAT, count);
        for (long i = 0; i < count; i++) {
            memory.setAtIndex(JAVA_FLOAT, i, (float) (random.nextGaussian() * scale));
        }
        return memory;
    }

    /** Floating-point operations of the six products. */
    double operations() {
        return 12.0 * rows * width * hidden;
    }

    /** y and all gradients, of a loss whose gradient by y is x. */
    void grouped(Kernels kernels) {
        var linear = kernels.groupedLinear();
        long count = (long) rows * hidden;
        linear.forward(x, offsets, w1, before, width, hidden);
        kernels.activation().geluWithSlope(before, activated, count);
        linear.forward(activated, offsets, w2, y, hidden, width);
        linear.backwardInput(x, offsets, w2, dHidden, hidden, width, 0);
        linear.backwardWeight(x, offsets, activated, dw2, hidden, width, 0);
        kernels.vector().multiply(dHidden, before, dHidden, count);
        linear.backwardInput(dHidden, offsets, w1, dx, width, hidden, 0);
        linear.backwardWeight(dHidden, offsets, x, dw1, width, hidden, 0);
    }

    /** The products of {@link #grouped} on the first expert's weights. */
    void plain(Gemm gemm) {
        Matrix narrow = Matrix.of(x, rows, width);
        Matrix wide = Matrix.of(activated, rows, hidden);
        Matrix first = Matrix.of(w1[0], hidden, width);
        Matrix second = Matrix.of(w2[0], width, hidden);
        gemm.multiply(narrow, first.transposed(), Matrix.of(before, rows, hidden), 1, 0);
        gemm.multiply(wide, second.transposed(), Matrix.of(y, rows, width), 1, 0);
        gemm.multiply(narrow, second, Matrix.of(dHidden, rows, hidden), 1, 0);
        gemm.multiply(narrow.transposed(), wide, Matrix.of(dw2[0], width, hidden), 1, 0);
        gemm.multiply(wide, first, Matrix.of(dx, rows, width), 1, 0);
        gemm.multiply(wide.transposed(), narrow, Matrix.of(dw1[0], hidden, width), 1, 0);
    }

    /** @throws IllegalStateException if outputs of the last {@link #grouped} are not those of plain loops in double */
    void check() {
        for (int i = 0; i < Math.min(rows, CHECKED_ROWS); i++) {
            int row = (int) ((long) rows * i / CHECKED_ROWS % rows);
            int expert = expertOf(row);
            int col = row % width;
            double sum = 0;
            for (int f = 0; f < hidden; f++) {
                sum += gelu(dot(w1[expert], f, row)) * w2[expert].getAtIndex(JAVA_FLOAT, (long) col * hidden + f);
            }
            float found = y.getAtIndex(JAVA_FLOAT, (long) row * width + col);
            if (!(Math.abs(found - sum) <= CHECKED_TOLERANCE * Math.max(1, Math.abs(sum)))) {
                throw new IllegalStateException(
                        "expert " + expert + ", row " + row + ", column " + col + ": " + found + ", expected " + sum);
            }
        }
    }

    private int expertOf(int row) {
        int expert = 0;
        while (offsets[expert + 1] <= row) {
            expert++;
        }
        return expert;
    }

    private double dot(MemorySegment w, int f, int row) {
        double sum = 0;
        for (int d = 0; d < width; d++) {
            sum += (double) x.getAtIndex(JAVA_FLOAT, (long) row * width + d)
                    * w.getAtIndex(JAVA_FLOAT, (long) f * width + d);
        }
        return sum;
    }

    /** x Phi(x) with the Taylor series of the error function, which is exact enough here, as x stays below 3. */
    private static double gelu(double x) {
        double term = x / Math.sqrt(2);
        double sum = term;
        double square = term * term;
        for (int n = 1; n < 60; n++) {
            term *= -square / n;
            sum += term / (2 * n + 1);
        }
        return x * 0.5 * (1 + 2 / Math.sqrt(Math.PI) * sum);
    }
}
