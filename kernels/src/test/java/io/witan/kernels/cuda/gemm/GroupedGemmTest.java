package io.witan.kernels.cuda.gemm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.cuda.Twins;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the products in double of the same bf16 operands: those are exact in fp32, so that only sums round. */
class GroupedGemmTest {
    /** Each runs the same checks. */
    enum Implementation {
        TENSOR_CORE {
            @Override
            GroupedGemm open(Device device) {
                return new CheckedGemm(new TensorCoreGemm(device));
            }
        },
        HOPPER {
            @Override
            GroupedGemm open(Device device) {
                assumeTrue(device.info().isHopper(), device.info().name() + " is no Hopper");
                return new CheckedGemm(new HopperGemm(device));
            }
        };

        abstract GroupedGemm open(Device device);
    }

    static Stream<Arguments> shapes() {
        return Stream.of(Implementation.values()).flatMap(implementation -> Stream.of(GroupedReference.multiplesOf8())
                .map(shape -> Arguments.of(implementation, shape)));
    }

    private static Bf16[] weights(Twins twins, GroupedReference shape) {
        Bf16[] w = new Bf16[shape.groups()];
        Arrays.setAll(w, g -> shape.rows(g) == 0 ? null : Bf16.normal(twins, shape.weight(), 1));
        return w;
    }

    private static MemorySegment[] devices(Bf16[] w) {
        return Arrays.stream(w).map(v -> v == null ? null : v.device()).toArray(MemorySegment[]::new);
    }

    private static double[][] values(Bf16[] w) {
        return Arrays.stream(w).map(v -> v == null ? null : v.values()).toArray(double[][]::new);
    }

    /** Sums of n terms, then rounded to bf16, whose unit roundoff is 2^-8. */
    private static Tolerance roundedSums(long n, double[] sums) {
        double largest = Arrays.stream(sums).map(Math::abs).max().orElse(0);
        double absolute = Tolerance.sums(n).relative() * largest;
        return new Tolerance(0x1.01p-8, 1.01 * absolute + Float.MIN_NORMAL, Tolerance.Scale.ELEMENT);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void forward(Implementation implementation, GroupedReference shape) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            Bf16 x = Bf16.normal(twins, shape.rows() * shape.in(), 1);
            Bf16[] w = weights(twins, shape);
            double[] expected = shape.forward(x.values(), values(w));
            int count = shape.rows() * shape.out();
            var y = twins.poison(count);
            cuda.forward(x.device(), shape.offsets(), devices(w), y.device(), shape.widths(), 0);
            Tolerance.sums(shape.in()).check("y", expected, y.actual());
            var added = twins.normal(count, 2);
            cuda.forward(x.device(), shape.offsets(), devices(w), added.device(), shape.widths(), 0.5f);
            Tolerance.sums(shape.in())
                    .check("y added", Reference.plus(expected, 0.5, added.expected()), added.actual());
            Bf16 rounded = Bf16.poison(twins, count);
            cuda.forwardBf16(x.device(), shape.offsets(), devices(w), rounded.device(), shape.widths());
            roundedSums(shape.in(), expected).check("y bf16", expected, rounded.actual());
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void backwardInput(Implementation implementation, GroupedReference shape) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            Bf16 dy = Bf16.normal(twins, shape.rows() * shape.out(), 1);
            Bf16[] w = weights(twins, shape);
            double[] expected = shape.backwardInput(dy.values(), values(w));
            int count = shape.rows() * shape.in();
            var dx = twins.poison(count);
            cuda.backwardInput(dy.device(), shape.offsets(), devices(w), dx.device(), shape.widths(), 0);
            Tolerance.sums(shape.out()).check("dx", expected, dx.actual());
            var added = twins.normal(count, 2);
            cuda.backwardInput(dy.device(), shape.offsets(), devices(w), added.device(), shape.widths(), 1);
            Tolerance.sums(shape.out())
                    .check("dx added", Reference.plus(expected, 1, added.expected()), added.actual());
            Bf16 rounded = Bf16.poison(twins, count);
            cuda.backwardInputBf16(dy.device(), shape.offsets(), devices(w), rounded.device(), shape.widths());
            roundedSums(shape.out(), expected).check("dx bf16", expected, rounded.actual());
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void backwardWeight(Implementation implementation, GroupedReference shape) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            Bf16 x = Bf16.normal(twins, shape.rows() * shape.in(), 1);
            Bf16 dy = Bf16.normal(twins, shape.rows() * shape.out(), 1);
            for (float beta : new float[] {0, 1, 0.5f}) {
                Twins.Pair[] dw = new Twins.Pair[shape.groups()];
                Arrays.setAll(dw, g -> beta == 0 ? twins.poison(shape.weight()) : twins.normal(shape.weight(), 3));
                MemorySegment[] devices =
                        Arrays.stream(dw).map(Twins.Pair::device).toArray(MemorySegment[]::new);
                cuda.backwardWeight(dy.device(), shape.offsets(), x.device(), devices, shape.widths(), beta);
                for (int g = 0; g < dw.length; g++) {
                    double[] expected = shape.backwardWeight(dy.values(), x.values(), g);
                    double[] sum = beta == 0 ? expected : Reference.plus(expected, beta, dw[g].expected());
                    Tolerance.sums(shape.rows(g)).check("dw[" + g + "] beta " + beta, sum, dw[g].actual());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void gelu(Implementation implementation, GroupedReference shape) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            Bf16 x = Bf16.normal(twins, shape.rows() * shape.in(), 1 / Math.sqrt(shape.in()));
            Bf16[] w = weights(twins, shape);
            double[] a = shape.forward(x.values(), values(w));
            Bf16 y = Bf16.poison(twins, a.length);
            Bf16 slope = Bf16.poison(twins, a.length);
            var result = new GroupedGemm.Gelu(y.device(), slope.device());
            cuda.gelu(x.device(), shape.offsets(), devices(w), result, shape.widths());
            // Neither function is steeper than 1.13; 2 leaves room for the roundings of the function itself.
            Tolerance tolerance = roundedSums(4L * shape.in(), a);
            tolerance.check("gelu", mapped(a, Reference::gelu), y.actual());
            tolerance.check("slope", mapped(a, Reference::geluDerivative), slope.actual());
        }
    }

    private static double[] mapped(double[] a, DoubleUnaryOperator function) {
        return Arrays.stream(a).map(function).toArray();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void swiglu(Implementation implementation, GroupedReference shape) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            Bf16 x = Bf16.normal(twins, shape.rows() * shape.in(), 1 / Math.sqrt(shape.in()));
            Bf16[] gate = weights(twins, shape);
            Bf16[] up = weights(twins, shape);
            double[] a = shape.forward(x.values(), values(gate));
            double[] b = shape.forward(x.values(), values(up));
            Bf16 y = Bf16.poison(twins, a.length);
            Bf16 gateSlope = Bf16.poison(twins, a.length);
            Bf16 upSlope = Bf16.poison(twins, a.length);
            cuda.swiglu(
                    x.device(),
                    shape.offsets(),
                    new GroupedGemm.SwigluWeights(devices(gate), devices(up)),
                    new GroupedGemm.Swiglu(y.device(), gateSlope.device(), upSlope.device()),
                    shape.widths());
            // Errors of a and of b grow by the other's size at most, and by 1.1 in silu.
            Tolerance product = roundedSums(4L * shape.in(), products(a, b));
            product.check("swiglu", products(mapped(a, Reference::silu), b), y.actual());
            product.check("gate slope", products(mapped(a, Reference::siluDerivative), b), gateSlope.actual());
            roundedSums(4L * shape.in(), a).check("up slope", mapped(a, Reference::silu), upSlope.actual());
        }
    }

    /** a * b, and at least as large as either. */
    private static double[] products(double[] a, double[] b) {
        double[] c = new double[a.length];
        Arrays.setAll(c, i -> a[i] * b[i]);
        return c;
    }

    @ParameterizedTest
    @EnumSource
    void oneWrongElementIsSeen(Implementation implementation) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            GroupedReference shape = new GroupedReference(new int[] {0, 40}, 264, 24);
            Bf16 x = Bf16.normal(twins, shape.rows() * shape.in(), 1);
            Bf16[] w = weights(twins, shape);
            double[] expected = shape.forward(x.values(), values(w));
            var y = twins.poison(expected.length);
            cuda.forward(x.device(), shape.offsets(), devices(w), y.device(), shape.widths(), 0);
            float[] actual = y.actual();
            Tolerance.sums(shape.in()).check("y", expected, actual);
            // One product left out of one of the sums.
            actual[500] -= (float) (x.values()[20 * 264 + 7] * w[0].values()[20 * 264 + 7]);
            assertThatThrownBy(() -> Tolerance.sums(shape.in()).check("y", expected, actual))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("y[500]");
            expected[500] *= 1 + 0x1p-6;
            assertThatThrownBy(() -> roundedSums(shape.in(), expected).check("y", expected, y.actual()))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("y[500]");
        }
    }

    @ParameterizedTest
    @EnumSource
    void repeatsToTheBit(Implementation implementation) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            GroupedReference shape = new GroupedReference(new int[] {0, 5, 135}, 72, 264);
            Bf16 x = Bf16.normal(twins, shape.rows() * shape.in(), 1);
            Bf16[] w = weights(twins, shape);
            var once = twins.poison(shape.rows() * shape.out());
            var again = twins.poison(shape.rows() * shape.out());
            cuda.forward(x.device(), shape.offsets(), devices(w), once.device(), shape.widths(), 0);
            cuda.forward(x.device(), shape.offsets(), devices(w), again.device(), shape.widths(), 0);
            assertThat(again.actualInts()).isEqualTo(once.actualInts());
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesWhatTheKernelsCannotTake(Implementation implementation) {
        try (Twins twins = new Twins()) {
            GroupedGemm cuda = implementation.open(twins.device());
            MemorySegment m = Bf16.normal(twins, 1024, 1).device();
            MemorySegment[] w = {m};
            int[] offsets = {0, 2};
            assertThatThrownBy(() -> cuda.forward(m, offsets, w, m, new Widths(12, 8), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear in = 12: products of bf16 need multiples of 8; FP32 takes any width");
            assertThatThrownBy(() -> cuda.forward(m, offsets, w, m.asSlice(8), new Widths(8, 8), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("groupedGemm y begins at an address that is no multiple of 16");
            assertThatThrownBy(() -> cuda.forward(m, offsets, w, m, new Widths(8, 1024), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("groupedGemm w has 2048 bytes");
            assertThatThrownBy(() -> cuda.forward(m, new int[] {0, 2, 1}, w, m, new Widths(8, 8), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 offsets from 0 for 1 groups");
        }
    }
}
