package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.cuda.HopperGroupedGemm.Activated;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Against products in double of the same bf16 numbers: only the order of the sums differs. */
class HopperGroupedGemmTest {
    /** Groups with their rows, and both widths: empty groups anywhere, one row, all on one expert, no multiple of a tile. */
    private record Shape(int[] offsets, int in, int out) {
        static Shape of(int in, int out, int... rows) {
            int[] offsets = new int[rows.length + 1];
            for (int g = 0; g < rows.length; g++) {
                offsets[g + 1] = offsets[g] + rows[g];
            }
            return new Shape(offsets, in, out);
        }

        int groups() {
            return offsets.length - 1;
        }

        int rows() {
            return offsets[groups()];
        }
    }

    private static final List<Shape> SHAPES = List.of(
            Shape.of(8, 8, 1),
            Shape.of(72, 264, 0, 130, 0, 3, 0),
            Shape.of(136, 24, 0, 0, 257, 0),
            Shape.of(16, 16, 0, 0, 0),
            Shape.of(328, 40, 7, 64, 65));

    private static double[][] parts(double[] all, int[] offsets, int columns) {
        double[][] parts = new double[offsets.length - 1][];
        Arrays.setAll(parts, g -> Arrays.copyOfRange(all, offsets[g] * columns, offsets[g + 1] * columns));
        return parts;
    }

    private static double[] joined(double[][] parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    @Test
    void forward() {
        try (Twins twins = new Twins();
                HopperGroupedGemm gemm = new HopperGroupedGemm(twins.device())) {
            for (Shape s : SHAPES) {
                DeviceBf16 x = DeviceBf16.normal(twins, s.rows() * s.in());
                DeviceBf16[] w = weights(twins, s);
                double[] exact = product(s, x, w);
                var y = twins.poison(s.rows() * s.out());
                gemm.forward(x.device(), s.offsets(), DeviceBf16.segments(w), y.device(), s.in(), s.out(), 0f);
                Tolerance.sums(s.in()).check("y " + s, exact, y.actual());
                gemm.forward(x.device(), s.offsets(), DeviceBf16.segments(w), y.device(), s.in(), s.out(), 1f);
                Tolerance.sums(s.in()).check("y + y", Reference.plus(exact, 1, exact), y.actual());
                DeviceBf16 rounded = DeviceBf16.poison(twins, s.rows() * s.out());
                gemm.forwardBf16(x.device(), s.offsets(), DeviceBf16.segments(w), rounded.device(), s.in(), s.out());
                DeviceBf16.tolerance(s.in()).check("y bf16", exact, rounded.actual());
            }
        }
    }

    private static DeviceBf16[] weights(Twins twins, Shape s) {
        DeviceBf16[] w = new DeviceBf16[s.groups()];
        for (int g = 0; g < w.length; g++) {
            w[g] = DeviceBf16.normal(twins, s.in() * s.out());
        }
        return w;
    }

    private static double[] product(Shape s, DeviceBf16 x, DeviceBf16[] w) {
        double[][] parts = parts(x.values(), s.offsets(), s.in());
        for (int g = 0; g < parts.length; g++) {
            parts[g] = Reference.timesTransposed(
                    parts[g], w[g].values(), s.offsets()[g + 1] - s.offsets()[g], s.in(), s.out());
        }
        return joined(parts);
    }

    @Test
    void backwardInput() {
        try (Twins twins = new Twins();
                HopperGroupedGemm gemm = new HopperGroupedGemm(twins.device())) {
            for (Shape s : SHAPES) {
                DeviceBf16 dy = DeviceBf16.normal(twins, s.rows() * s.out());
                DeviceBf16[] w = weights(twins, s);
                double[][] parts = parts(dy.values(), s.offsets(), s.out());
                for (int g = 0; g < parts.length; g++) {
                    parts[g] = Reference.times(
                            parts[g], w[g].values(), s.offsets()[g + 1] - s.offsets()[g], s.out(), s.in());
                }
                double[] exact = joined(parts);
                var dx = twins.poison(s.rows() * s.in());
                gemm.backwardInput(dy.device(), s.offsets(), DeviceBf16.segments(w), dx.device(), s.in(), s.out(), 0f);
                Tolerance.sums(s.out()).check("dx " + s, exact, dx.actual());
                gemm.backwardInput(dy.device(), s.offsets(), DeviceBf16.segments(w), dx.device(), s.in(), s.out(), 1f);
                Tolerance.sums(s.out()).check("dx + dx", Reference.plus(exact, 1, exact), dx.actual());
                DeviceBf16 rounded = DeviceBf16.poison(twins, s.rows() * s.in());
                gemm.backwardInputBf16(
                        dy.device(), s.offsets(), DeviceBf16.segments(w), rounded.device(), s.in(), s.out());
                DeviceBf16.tolerance(s.out()).check("dx bf16", exact, rounded.actual());
            }
        }
    }

    @Test
    void backwardWeight() {
        try (Twins twins = new Twins();
                HopperGroupedGemm gemm = new HopperGroupedGemm(twins.device())) {
            for (Shape s : SHAPES) {
                DeviceBf16 dy = DeviceBf16.normal(twins, s.rows() * s.out());
                DeviceBf16 x = DeviceBf16.normal(twins, s.rows() * s.in());
                double[][] dys = parts(dy.values(), s.offsets(), s.out());
                double[][] xs = parts(x.values(), s.offsets(), s.in());
                Twins.Pair[] dw = new Twins.Pair[s.groups()];
                Arrays.setAll(dw, g -> twins.poison(s.in() * s.out()));
                MemorySegment[] segments =
                        Arrays.stream(dw).map(Twins.Pair::device).toArray(MemorySegment[]::new);
                gemm.backwardWeight(dy.device(), s.offsets(), x.device(), segments, s.in(), s.out(), 0f);
                for (int times = 1; times <= 2; times++) {
                    for (int g = 0; g < s.groups(); g++) {
                        int rows = s.offsets()[g + 1] - s.offsets()[g];
                        double[] exact = Reference.transposedTimes(dys[g], xs[g], s.out(), rows, s.in());
                        double[] all = Reference.plus(exact, times - 1, exact);
                        Tolerance.sums(rows).check("dw " + g + " of " + s, all, dw[g].actual());
                    }
                    gemm.backwardWeight(dy.device(), s.offsets(), x.device(), segments, s.in(), s.out(), 1f);
                }
            }
        }
    }

    @Test
    void activationsInTheSameKernel() {
        try (Twins twins = new Twins();
                HopperGroupedGemm gemm = new HopperGroupedGemm(twins.device())) {
            for (Shape s : SHAPES) {
                DeviceBf16 x = DeviceBf16.normal(twins, s.rows() * s.in());
                DeviceBf16[] gate = weights(twins, s);
                DeviceBf16[] up = weights(twins, s);
                double[] gates = product(s, x, gate);
                double[] ups = product(s, x, up);
                int count = s.rows() * s.out();
                DeviceBf16[] out = {
                    DeviceBf16.poison(twins, count), DeviceBf16.poison(twins, count), DeviceBf16.poison(twins, count)
                };
                Activated activated = new Activated(out[0].device(), out[1].device(), out[2].device());
                Tolerance tolerance = DeviceBf16.tolerance(s.in());
                gemm.gelu(x.device(), s.offsets(), DeviceBf16.segments(gate), activated, s.in(), s.out());
                tolerance.check(
                        "gelu", Arrays.stream(gates).map(Reference::gelu).toArray(), out[0].actual());
                tolerance.check(
                        "slope",
                        Arrays.stream(gates).map(Reference::geluDerivative).toArray(),
                        out[1].actual());
                gemm.swiglu(
                        x.device(),
                        s.offsets(),
                        DeviceBf16.segments(gate),
                        DeviceBf16.segments(up),
                        activated,
                        s.in(),
                        s.out());
                double[] y = new double[count];
                double[] slope = new double[count];
                for (int i = 0; i < count; i++) {
                    y[i] = Reference.silu(gates[i]) * ups[i];
                    slope[i] = Reference.siluDerivative(gates[i]) * ups[i];
                }
                tolerance.check("swiglu", y, out[0].actual());
                tolerance.check("gate slope", slope, out[1].actual());
                tolerance.check(
                        "up slope", Arrays.stream(gates).map(Reference::silu).toArray(), out[2].actual());
            }
        }
    }

    @Test
    void sameBitsTwice() {
        try (Twins twins = new Twins();
                HopperGroupedGemm gemm = new HopperGroupedGemm(twins.device())) {
            Shape s = Shape.of(72, 264, 5, 130);
            DeviceBf16 x = DeviceBf16.normal(twins, s.rows() * s.in());
            DeviceBf16[] w = weights(twins, s);
            var first = twins.poison(s.rows() * s.out());
            var second = twins.poison(s.rows() * s.out());
            gemm.forward(x.device(), s.offsets(), DeviceBf16.segments(w), first.device(), s.in(), s.out(), 0f);
            gemm.forward(x.device(), s.offsets(), DeviceBf16.segments(w), second.device(), s.in(), s.out(), 0f);
            assertThat(second.actualInts()).isEqualTo(first.actualInts());
        }
    }
}
