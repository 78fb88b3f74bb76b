package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.FeedForwardKernel.Gradient;
import io.witan.kernels.FeedForwardKernel.Shape;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.Bf16;
import io.witan.kernels.cuda.gemm.GroupedGemm;
import io.witan.kernels.feedforward.ComposedFeedForward;
import io.witan.kernels.reference.FeedForwardReference;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CudaFeedForwardTest {
    private static Stream<Arguments> shapes(int[][]... sizes) {
        return Stream.of(Activation.values())
                .flatMap(activation -> Stream.of(sizes).map(s -> new Shape(s[0], s[1][0], s[1][1], activation)))
                .map(shape -> Arguments.of(Arrays.toString(shape.offsets()), shape));
    }

    static Stream<Arguments> any() {
        return shapes(
                new int[][] {{0}, {5, 7}},
                new int[][] {{0, 0, 0}, {5, 7}},
                new int[][] {{0, 1}, {17, 33}},
                new int[][] {{0, 0, 70, 70, 75}, {33, 65}});
    }

    static Stream<Arguments> multiplesOf8() {
        return shapes(
                new int[][] {{0}, {8, 8}},
                new int[][] {{0, 0, 0}, {8, 16}},
                new int[][] {{0, 1}, {16, 8}},
                new int[][] {{0, 0, 0, 140, 140}, {24, 264}},
                new int[][] {{0, 3, 3, 133, 135}, {72, 136}},
                new int[][] {{0, 2, 5}, {8, 1032}});
    }

    /** Inputs and gradients on both sides, fp32, and the outputs of one kernel on either. */
    private record Operands(
            Shape shape,
            Twins.Pair x,
            Twins.Pair[] weights,
            Twins.Pair dy,
            Twins.Pair y,
            Twins.Pair dx,
            Twins.Pair[] dWeights,
            float beta) {
        static Operands of(Twins twins, Shape shape, float beta) {
            int count = shape.rows() * shape.width();
            int expert = (int) shape.expert();
            int[] offsets = shape.offsets();
            double scale = 1 / Math.sqrt(shape.width());
            return new Operands(
                    shape,
                    twins.normal(count, 1),
                    each(shape, e -> offsets[e + 1] > offsets[e] ? twins.normal(expert, scale) : null),
                    twins.normal(count, 1),
                    twins.poison(count),
                    twins.poison(count),
                    each(shape, e -> beta == 0 ? twins.poison(expert) : twins.normal(expert, 1)),
                    beta);
        }

        private static Twins.Pair[] each(Shape shape, IntFunction<Twins.Pair> make) {
            Twins.Pair[] all = new Twins.Pair[shape.experts()];
            Arrays.setAll(all, make::apply);
            return all;
        }

        static MemorySegment[] side(Twins.Pair[] pairs, Function<Twins.Pair, MemorySegment> side) {
            return Arrays.stream(pairs)
                    .map(p -> p == null ? null : side.apply(p))
                    .toArray(MemorySegment[]::new);
        }

        static double[][] values(Twins.Pair[] pairs) {
            return Arrays.stream(pairs)
                    .map(p -> p == null ? null : p.expected())
                    .toArray(double[][]::new);
        }

        /** Forward and backward of fp32 rows and weights on one side. */
        void run(Twins twins, FeedForwardKernel ffn, Function<Twins.Pair, MemorySegment> side) {
            MemorySegment saved = side.apply(room(twins, ffn.savedBytes(shape)));
            ffn.forward(side.apply(x), side(weights, side), side.apply(y), saved, shape);
            MemorySegment scratch = side.apply(room(twins, ffn.backwardBytes(shape)));
            Gradient gradient = new Gradient(side.apply(x), saved, side.apply(dy), side.apply(dx));
            ffn.backward(gradient, side(weights, side), side(dWeights, side), beta, scratch, shape);
        }

        static Twins.Pair room(Twins twins, long bytes) {
            return twins.poison((int) (bytes / Float.BYTES));
        }
    }

    /** Rows and weights of operands in bf16 on the device. */
    private record Packed(Operands of, MemorySegment x, MemorySegment[] weights, MemorySegment dy, Bf16 y, Bf16 dx) {
        static Packed of(Twins twins, FeedForwardKernel ffn, Operands o) {
            int count = o.shape.rows() * o.shape.width();
            MemorySegment[] weights = Arrays.stream(o.weights)
                    .map(w -> w == null ? null : packed(twins, ffn, w, (int) o.shape.expert()))
                    .toArray(MemorySegment[]::new);
            return new Packed(
                    o,
                    packed(twins, ffn, o.x, count),
                    weights,
                    packed(twins, ffn, o.dy, count),
                    Bf16.poison(twins, count),
                    Bf16.poison(twins, count));
        }

        private static MemorySegment packed(Twins twins, FeedForwardKernel ffn, Twins.Pair fp32, int count) {
            Bf16 to = Bf16.poison(twins, count);
            ffn.prepare(fp32.device(), to.device(), count);
            return to.device();
        }

        /** Forward and backward on the device. */
        void run(Twins twins, FeedForwardKernel ffn) {
            Shape shape = of.shape;
            MemorySegment saved = Operands.room(twins, ffn.savedBytes(shape)).device();
            ffn.forward(x, weights, y.device(), saved, shape);
            MemorySegment scratch =
                    Operands.room(twins, ffn.backwardBytes(shape)).device();
            Gradient gradient = new Gradient(x, saved, dy, dx.device());
            MemorySegment[] dWeights = Operands.side(of.dWeights, Twins.Pair::device);
            ffn.backward(gradient, weights, dWeights, of.beta, scratch, shape);
        }
    }

    /** What each output of the device is compared with. */
    private record Expected(double[] y, double[] dx, double[][] dWeights) {
        static Expected host(Operands o) {
            return new Expected(o.y.expected(), o.dx.expected(), Operands.values(o.dWeights));
        }

        /** That of products of rounded operands, by {@link FeedForwardReference}; before the host twin writes. */
        static Expected rounded(Operands o) {
            FeedForwardReference reference = new FeedForwardReference(o.shape, Bf16::rounded);
            double[] x = o.x.expected();
            double[][] weights = Operands.values(o.weights);
            FeedForwardReference.Forward forward = reference.forward(x, weights);
            FeedForwardReference.Backward backward = reference.backward(x, weights, forward, o.dy.expected());
            double[][] before = Operands.values(o.dWeights);
            double[][] dw = backward.dWeights();
            for (int e = 0; o.beta != 0 && e < dw.length; e++) {
                dw[e] = Reference.plus(dw[e], o.beta, before[e]);
            }
            return new Expected(forward.y(), backward.dx(), dw);
        }

        /** @param product tolerance of sums of so many products; times the products that follow one another */
        void check(Operands o, float[] actualY, float[] actualDx, Tolerances product) {
            int width = o.shape.width();
            int hidden = o.shape.hidden();
            int rows = o.shape.rows();
            product.of(width + hidden, 2).check("y", y, actualY);
            product.of(width + 2L * hidden, 3).check("dx", dx, actualDx);
            for (int e = 0; e < o.dWeights.length; e++) {
                product.of(width + rows, 3).check("gradient of expert " + e, dWeights[e], o.dWeights[e].actual());
            }
        }
    }

    private interface Tolerances {
        Tolerance of(long terms, int products);
    }

    private static FeedForwardKernel bf16(Twins twins) {
        return new CudaFeedForward(twins.device(), GroupedGemm.of(twins.device()));
    }

    @ParameterizedTest
    @MethodSource("any")
    void fp32(String offsets, Shape shape) {
        try (Twins twins = new Twins()) {
            Device device = twins.device();
            FeedForwardKernel cuda = new ComposedFeedForward(
                    new CudaMemory(device),
                    new CudaGroupedLinear(device, Precision.FP32),
                    new CudaActivation(device),
                    new CudaVector(device));
            for (float beta : new float[] {0, 0.5f}) {
                Operands operands = Operands.of(twins, shape, beta);
                operands.run(twins, twins.host().feedForward(), Twins.Pair::host);
                operands.run(twins, cuda, Twins.Pair::device);
                Expected.host(operands)
                        .check(operands, operands.y.actual(), operands.dx.actual(), (terms, products) -> Tolerance.sums(
                                        terms)
                                .times(products + 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void fp32IsPreparedByACopy(Activation activation) {
        try (Twins twins = new Twins()) {
            Device device = twins.device();
            FeedForwardKernel cuda = new ComposedFeedForward(
                    new CudaMemory(device),
                    new CudaGroupedLinear(device, Precision.FP32),
                    new CudaActivation(device),
                    new CudaVector(device));
            int count = activation.matrices() * 11;
            Twins.Pair from = twins.normal(count, 1);
            Twins.Pair to = twins.poison(count);
            cuda.prepare(from.device(), to.device(), count);
            assertThat(to.actualInts()).isEqualTo(from.expectedInts());
        }
    }

    /**
     * Operands are rounded where the device rounds them. fp32 and double may round one that lies between two bf16 to either; a sum
     * is then off by 2^-8 of one of its products, which no other check would see.
     */
    @ParameterizedTest
    @MethodSource("multiplesOf8")
    void bf16AgainstRoundedOperands(String offsets, Shape shape) {
        try (Twins twins = new Twins()) {
            FeedForwardKernel cuda = bf16(twins);
            assertThat(cuda.format()).isEqualTo(ElementFormat.BF16);
            for (float beta : new float[] {0, 0.5f}) {
                Operands operands = Operands.of(twins, shape, beta);
                Expected expected = Expected.rounded(operands);
                Packed packed = Packed.of(twins, cuda, operands);
                packed.run(twins, cuda);
                expected.check(
                        operands,
                        packed.y.actual(),
                        packed.dx.actual(),
                        (terms, products) -> new Tolerance(
                                0x1p-8 + Tolerance.sums(terms).times(products).relative(),
                                Float.MIN_NORMAL,
                                Tolerance.Scale.LARGEST));
            }
        }
    }

    /** Each product rounds its operands, which also carry the error of the products before, and its result. */
    @ParameterizedTest
    @MethodSource("multiplesOf8")
    void bf16AgainstTheHost(String offsets, Shape shape) {
        try (Twins twins = new Twins()) {
            FeedForwardKernel cuda = bf16(twins);
            Operands operands = Operands.of(twins, shape, 1);
            Packed packed = Packed.of(twins, cuda, operands);
            operands.run(twins, twins.host().feedForward(), Twins.Pair::host);
            packed.run(twins, cuda);
            Expected.host(operands)
                    .check(operands, packed.y.actual(), packed.dx.actual(), (terms, products) -> Tolerance.bf16Sums(
                                    terms)
                            .times(products));
        }
    }

    @ParameterizedTest
    @EnumSource
    void evaluatesAndRepeatsToTheBit(Activation activation) {
        try (Twins twins = new Twins()) {
            Shape shape = new Shape(new int[] {0, 3, 3, 40}, 16, 24, activation);
            FeedForwardKernel cuda = bf16(twins);
            Packed packed = Packed.of(twins, cuda, Operands.of(twins, shape, 0));
            packed.run(twins, cuda);
            float[] y = packed.y.actual();
            float[] dx = packed.dx.actual();
            MemorySegment scratch = Operands.room(twins, cuda.savedBytes(shape)).device();
            Bf16 evaluated = Bf16.poison(twins, y.length);
            cuda.evaluate(packed.x, packed.weights, evaluated.device(), scratch, shape);
            assertThat(evaluated.actual()).isEqualTo(y);
            packed.run(twins, cuda);
            assertThat(packed.dx.actual()).isEqualTo(dx);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusals(Activation activation) {
        try (Twins twins = new Twins()) {
            FeedForwardKernel cuda = bf16(twins);
            assertThatThrownBy(() -> cuda.savedBytes(new Shape(new int[] {0, 1}, 12, 8, activation)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear in = 12: products of bf16 need multiples of 8");
            Shape shape = new Shape(new int[] {0, 1}, 8, 8, activation);
            MemorySegment m = twins.normal(1024, 1).device();
            MemorySegment[] one = {m};
            assertThatThrownBy(() -> cuda.forward(m, one, m, m.asSlice(0, 64), shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward saved has 64 bytes");
            assertThatThrownBy(() -> cuda.forward(m, one, m.asSlice(4), m, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("groupedGemm y begins at an address");
            assertThatThrownBy(() -> cuda.backward(new Gradient(m, m, m, m), one, one, 0, m.asSlice(0, 16), shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward scratch has 16 bytes");
        }
    }
}
