package io.witan.kernels.cuda.gemm;

import static io.witan.kernels.reference.Reference.slice;

import io.witan.kernels.reference.Reference;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The products of a linear layer over groups of rows in double, and the shapes to try. Weights of unused groups may be null. */
public record GroupedReference(int[] offsets, int in, int out) {
    /** For operands of bf16. */
    public static GroupedReference[] multiplesOf8() {
        return new GroupedReference[] {
            of(8, 8, 0),
            of(8, 8, 0, 0, 0),
            of(8, 24, 0, 1),
            of(0, 8, 0, 3),
            of(72, 264, 0, 0, 130, 130, 133, 133),
            of(24, 136, 0, 1, 1, 4, 77, 160),
            of(136, 24, 0, 0, 0, 257, 257),
            of(328, 40, 0, 7, 71, 136),
            of(8, 136, 0, 1, 3, 6, 7, 9, 12, 13, 15, 18),
            of(40, 520, 0, 300, 330),
            of(264, 328, 0, 2300),
        };
    }

    /** For operands of fp32. */
    public static GroupedReference[] any() {
        return new GroupedReference[] {
            of(4, 4, 0),
            of(17, 33, 0, 0, 0),
            of(17, 33, 0, 1),
            of(64, 65, 0, 0, 90, 90, 90),
            of(33, 130, 0, 1, 1, 4, 77, 160),
            of(132, 260, 0, 5, 5, 135, 135),
            of(1, 3, 0, 1, 3, 6, 7, 9, 12, 13, 15, 18, 19, 70),
        };
    }

    private static GroupedReference of(int in, int out, int... offsets) {
        return new GroupedReference(offsets, in, out);
    }

    public Widths widths() {
        return new Widths(in, out);
    }

    public int groups() {
        return offsets.length - 1;
    }

    public int rows() {
        return offsets[groups()];
    }

    public int rows(int group) {
        return offsets[group + 1] - offsets[group];
    }

    public int weight() {
        return in * out;
    }

    public double[] forward(double[] x, double[][] w) {
        return joined(g -> Reference.timesTransposed(rowsOf(x, g, in), w[g], rows(g), in, out));
    }

    public double[] backwardInput(double[] dy, double[][] w) {
        return joined(g -> Reference.times(rowsOf(dy, g, out), w[g], rows(g), out, in));
    }

    public double[] backwardWeight(double[] dy, double[] x, int group) {
        return Reference.transposedTimes(rowsOf(dy, group, out), rowsOf(x, group, in), out, rows(group), in);
    }

    private double[] rowsOf(double[] matrix, int group, int cols) {
        return slice(matrix, offsets[group] * cols, rows(group) * cols);
    }

    private interface Product {
        double[] of(int group);
    }

    private double[] joined(Product product) {
        return IntStream.range(0, groups())
                .filter(g -> rows(g) > 0)
                .boxed()
                .flatMapToDouble(g -> Arrays.stream(product.of(g)))
                .toArray();
    }

    @Override
    public String toString() {
        return "in " + in + " out " + out + " offsets " + Arrays.toString(offsets);
    }
}
