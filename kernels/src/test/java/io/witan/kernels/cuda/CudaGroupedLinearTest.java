package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.Bf16;
import io.witan.kernels.cuda.gemm.GroupedReference;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CudaGroupedLinearTest {
    static GroupedReference[] any() {
        return GroupedReference.any();
    }

    static GroupedReference[] multiplesOf8() {
        return GroupedReference.multiplesOf8();
    }

    private static Twins.Pair[] weights(Twins twins, GroupedReference shape) {
        Twins.Pair[] w = new Twins.Pair[shape.groups()];
        Arrays.setAll(w, g -> shape.rows(g) == 0 ? null : twins.normal(shape.weight(), 1));
        return w;
    }

    private static MemorySegment[] each(Twins.Pair[] pairs, Function<Twins.Pair, MemorySegment> side) {
        return Arrays.stream(pairs).map(p -> p == null ? null : side.apply(p)).toArray(MemorySegment[]::new);
    }

    private static GroupedLinearKernel fp32(Twins twins) {
        return new CudaGroupedLinear(twins.device(), Precision.FP32);
    }

    private static GroupedLinearKernel host(Twins twins) {
        return twins.host().groupedLinear();
    }

    @ParameterizedTest
    @MethodSource("any")
    void fp32(GroupedReference shape) {
        try (Twins twins = new Twins()) {
            int[] offsets = shape.offsets();
            int in = shape.in();
            int out = shape.out();
            var x = twins.normal(shape.rows() * in, 1);
            var dy = twins.normal(shape.rows() * out, 1);
            Twins.Pair[] w = weights(twins, shape);
            MemorySegment[] onHost = each(w, Twins.Pair::host);
            MemorySegment[] onDevice = each(w, Twins.Pair::device);
            var y = twins.poison(shape.rows() * out);
            host(twins).forward(x.host(), offsets, onHost, y.host(), in, out);
            fp32(twins).forward(x.device(), offsets, onDevice, y.device(), in, out);
            Tolerance.sums(in).check("y", y.expected(), y.actual());
            var dx = twins.poison(shape.rows() * in);
            host(twins).backwardInput(dy.host(), offsets, onHost, dx.host(), in, out, 0);
            fp32(twins).backwardInput(dy.device(), offsets, onDevice, dx.device(), in, out, 0);
            Tolerance.sums(out).check("dx", dx.expected(), dx.actual());
            var added = twins.normal(shape.rows() * in, 3);
            host(twins).backwardInput(dy.host(), offsets, onHost, added.host(), in, out, 0.5f);
            fp32(twins).backwardInput(dy.device(), offsets, onDevice, added.device(), in, out, 0.5f);
            Tolerance.sums(out).check("dx added", added.expected(), added.actual());
        }
    }

    @ParameterizedTest
    @MethodSource("any")
    void weightGradientsInFp32(GroupedReference shape) {
        try (Twins twins = new Twins()) {
            int in = shape.in();
            int out = shape.out();
            var x = twins.normal(shape.rows() * in, 1);
            var dy = twins.normal(shape.rows() * out, 1);
            for (float beta : new float[] {0, 1, 0.5f}) {
                Twins.Pair[] dw = new Twins.Pair[shape.groups()];
                Arrays.setAll(dw, g -> beta == 0 ? twins.poison(shape.weight()) : twins.normal(shape.weight(), 3));
                host(twins)
                        .backwardWeight(
                                dy.host(), shape.offsets(), x.host(), each(dw, Twins.Pair::host), in, out, beta);
                fp32(twins)
                        .backwardWeight(
                                dy.device(), shape.offsets(), x.device(), each(dw, Twins.Pair::device), in, out, beta);
                for (int g = 0; g < dw.length; g++) {
                    Tolerance.sums(shape.rows(g)).check("dw[" + g + "] beta " + beta, dw[g].expected(), dw[g].actual());
                }
            }
        }
    }

    /** Widths that are multiples of 4, from addresses that are not. */
    @Test
    void fp32TakesAnyAddress() {
        try (Twins twins = new Twins()) {
            int[] offsets = {0, 70};
            var x = twins.normal(1 + 70 * 12, 1);
            var w = twins.normal(1 + 12 * 20, 1);
            var y = twins.poison(1 + 70 * 20);
            host(twins)
                    .forward(
                            x.host().asSlice(4),
                            offsets,
                            slices(w.host()),
                            y.host().asSlice(4),
                            12,
                            20);
            fp32(twins)
                    .forward(
                            x.device().asSlice(4),
                            offsets,
                            slices(w.device()),
                            y.device().asSlice(4),
                            12,
                            20);
            double[] expected = Reference.slice(y.expected(), 1, 70 * 20);
            Tolerance.sums(12).check("y", expected, Arrays.copyOfRange(y.actual(), 1, 1 + 70 * 20));
        }
    }

    private static MemorySegment[] slices(MemorySegment memory) {
        return new MemorySegment[] {memory.asSlice(4)};
    }

    private static double[] rounded(Twins.Pair pair) {
        return pair == null
                ? null
                : Arrays.stream(pair.expected()).map(Bf16::rounded).toArray();
    }

    @ParameterizedTest
    @MethodSource("multiplesOf8")
    void bf16IsExactButForTheRoundedOperands(GroupedReference shape) {
        try (Twins twins = new Twins()) {
            GroupedLinearKernel cuda = new CudaGroupedLinear(twins.device(), Precision.BF16);
            int[] offsets = shape.offsets();
            int in = shape.in();
            int out = shape.out();
            var x = twins.normal(shape.rows() * in, 1);
            var dy = twins.normal(shape.rows() * out, 1);
            Twins.Pair[] w = weights(twins, shape);
            double[][] ws = Arrays.stream(w).map(CudaGroupedLinearTest::rounded).toArray(double[][]::new);
            var y = twins.poison(shape.rows() * out);
            cuda.forward(x.device(), offsets, each(w, Twins.Pair::device), y.device(), in, out);
            Tolerance.sums(in).check("y", shape.forward(rounded(x), ws), y.actual());
            var dx = twins.normal(shape.rows() * in, 1);
            cuda.backwardInput(dy.device(), offsets, each(w, Twins.Pair::device), dx.device(), in, out, 1);
            double[] expected = Reference.plus(shape.backwardInput(rounded(dy), ws), 1, dx.expected());
            Tolerance.sums(out).check("dx", expected, dx.actual());
            Twins.Pair[] dw = new Twins.Pair[shape.groups()];
            Arrays.setAll(dw, g -> twins.poison(shape.weight()));
            cuda.backwardWeight(dy.device(), offsets, x.device(), each(dw, Twins.Pair::device), in, out, 0);
            for (int g = 0; g < dw.length; g++) {
                Tolerance.sums(shape.rows(g))
                        .check("dw[" + g + "]", shape.backwardWeight(rounded(dy), rounded(x), g), dw[g].actual());
            }
        }
    }

    /** Scratch for a small call is not enough for a larger one, and is kept for the next. */
    @Test
    void scratchGrowsAndIsKept() {
        try (Twins twins = new Twins()) {
            GroupedLinearKernel cuda = new CudaGroupedLinear(twins.device(), Precision.BF16);
            var w = twins.normal(8 * 8, 1);
            var x = twins.normal(90 * 8, 1);
            var y = twins.poison(90 * 8);
            MemorySegment[] ws = {w.device(), w.device(), w.device()};
            cuda.forward(x.device(), new int[] {0, 0, 1, 1}, ws, y.device(), 8, 8);
            cuda.forward(x.device(), new int[] {0, 30, 60, 90}, ws, y.device(), 8, 8);
            long held = twins.device().allocatedBytes();
            cuda.forward(x.device(), new int[] {0, 20, 20, 90}, ws, y.device(), 8, 8);
            double[] expected = Reference.timesTransposed(rounded(x), rounded(w), 90, 8, 8);
            Tolerance.sums(8).check("y", expected, y.actual());
            assertThat(twins.device().allocatedBytes()).isEqualTo(held);
        }
    }

    @Test
    void refusals() {
        try (Twins twins = new Twins()) {
            GroupedLinearKernel cuda = new CudaGroupedLinear(twins.device(), Precision.BF16);
            MemorySegment m = twins.normal(1024, 1).device();
            MemorySegment[] one = {m};
            assertThatThrownBy(() -> cuda.forward(m, new int[] {0, 2}, one, m, 8, 12))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear out = 12: products of bf16 need multiples of 8");
            assertThatThrownBy(() -> cuda.forward(m, new int[] {0, 2}, one, m.asSlice(4), 8, 8))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("groupedGemm y begins at an address");
            assertThatThrownBy(() -> cuda.forward(m, new int[] {0, 2}, new MemorySegment[1], m, 8, 8))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("groupedLinear w is null");
            assertThatThrownBy(() -> cuda.backwardWeight(m, new int[] {0, 2}, m, new MemorySegment[1], 8, 8, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("groupedLinear dw is null");
        }
    }
}
