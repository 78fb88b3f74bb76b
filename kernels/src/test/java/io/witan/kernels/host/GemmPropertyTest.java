package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.gemm.Matrix.Layout;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Products of every layout against plain double-precision loops; what lies around the result must stay. */
class GemmPropertyTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final float[] FACTORS = {0f, 1f, -0.5f};
    private static final float[] SCALES = {1f, 0.125f};

    @Property(tries = 300)
    void equalsTheReference(
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 1, max = 70) int cols,
            @ForAll @IntRange(min = 1, max = 600) int depth,
            @ForAll Layout layoutOfA,
            @ForAll Layout layoutOfB,
            @ForAll long seed) {
        check(rows, cols, depth, layoutOfA, layoutOfB, seed);
    }

    @Property(tries = 12)
    void equalsTheReferenceWhereBlocksEnd(
            @ForAll @IntRange(min = 380, max = 800) int rows,
            @ForAll @IntRange(min = 60, max = 140) int cols,
            @ForAll @IntRange(min = 250, max = 520) int depth,
            @ForAll Layout layoutOfA,
            @ForAll Layout layoutOfB,
            @ForAll long seed) {
        check(rows, cols, depth, layoutOfA, layoutOfB, seed);
    }

    private static void check(int rows, int cols, int depth, Layout layoutOfA, Layout layoutOfB, long seed) {
        for (GemmProvider provider : GemmProvider.runningHere()) {
            Random random = new Random(seed);
            float alpha = SCALES[random.nextInt(SCALES.length)];
            float beta = FACTORS[random.nextInt(FACTORS.length)];
            try (Arena arena = Arena.ofConfined()) {
                provider.load();
                Matrix a = random(arena, rows, depth, layoutOfA, random);
                Matrix b = random(arena, depth, cols, layoutOfB, random);
                Matrix c = random(arena, rows, cols, Layout.ROW_MAJOR, random);
                float[] before = c.memory().toArray(FLOAT);
                double[] expected = product(a, b, c, alpha, beta);
                if (beta == 0) {
                    fill(c, Float.NaN);
                }
                provider.open(arena).multiply(a, b, c, alpha, beta);
                String what = provider + " " + a + " * " + b + " alpha " + alpha + " beta " + beta;
                Tolerance.sums(depth).around(Math.sqrt(depth)).check(what, expected, values(c));
                assertOutsideUnchanged(what, before, c);
            }
        }
    }

    private static Matrix random(Arena arena, int rows, int cols, Layout layout, Random random) {
        boolean rowMajor = layout == Layout.ROW_MAJOR;
        int stored = rowMajor ? rows : cols;
        int width = rowMajor ? cols : rows;
        // Some strides are multiples of a page, where rows compete for the same lines of a cache.
        int leading = random.nextInt(4) == 0 ? (width + 1023) / 1024 * 1024 : width + random.nextInt(9);
        int first = random.nextInt(5);
        MemorySegment memory = arena.allocate(4L * (first + (long) stored * leading + 8), 4);
        for (long i = 0; i < memory.byteSize() / 4; i++) {
            memory.setAtIndex(FLOAT, i, (float) random.nextGaussian());
        }
        Matrix m = Matrix.strided(memory, first, stored, width, leading);
        return rowMajor ? m : m.transposed();
    }

    private static double[] product(Matrix a, Matrix b, Matrix c, float alpha, float beta) {
        double[] product = new double[c.rows() * c.cols()];
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.cols(); j++) {
                double sum = 0;
                for (int k = 0; k < a.cols(); k++) {
                    sum += (double) get(a, i, k) * get(b, k, j);
                }
                product[i * c.cols() + j] = alpha * sum + (beta == 0 ? 0 : beta * (double) get(c, i, j));
            }
        }
        return product;
    }

    private static long at(Matrix m, int row, int col) {
        long element = m.layout() == Layout.ROW_MAJOR ? (long) row * m.leading() + col : (long) col * m.leading() + row;
        return m.offset() + 4 * element;
    }

    private static float get(Matrix m, int row, int col) {
        return m.memory().get(FLOAT, at(m, row, col));
    }

    private static void fill(Matrix m, float value) {
        for (int i = 0; i < m.rows(); i++) {
            for (int j = 0; j < m.cols(); j++) {
                m.memory().set(FLOAT, at(m, i, j), value);
            }
        }
    }

    private static float[] values(Matrix m) {
        float[] values = new float[m.rows() * m.cols()];
        for (int i = 0; i < values.length; i++) {
            values[i] = get(m, i / m.cols(), i % m.cols());
        }
        return values;
    }

    private static void assertOutsideUnchanged(String what, float[] before, Matrix c) {
        float[] after = c.memory().toArray(FLOAT);
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.cols(); j++) {
                int index = (int) (at(c, i, j) / 4);
                after[index] = before[index];
            }
        }
        assertThat(after).as(what + ": outside of the result").isEqualTo(before);
    }
}
