package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.FeedForwardKernel.Gradient;
import io.witan.kernels.FeedForwardKernel.Shape;
import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.FeedForwardReference;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostFeedForwardTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    static Stream<Arguments> shapes() {
        return Stream.of(Activation.values())
                .flatMap(activation -> Stream.of(
                                new int[][] {{0}, {17, 33}},
                                new int[][] {{0, 0, 0}, {8, 8}},
                                new int[][] {{0, 1}, {17, 33}},
                                new int[][] {{0, 2, 2, 9}, {5, 7}},
                                new int[][] {{0, 0, 90, 90}, {33, 65}})
                        .map(s -> new Shape(s[0], s[1][0], s[1][1], activation)))
                .map(shape -> Arguments.of(Arrays.toString(shape.offsets()), shape));
    }

    private static Tensor[] each(Shape shape, IntFunction<Tensor> make) {
        Tensor[] all = new Tensor[shape.experts()];
        Arrays.setAll(all, make::apply);
        return all;
    }

    private static MemorySegment[] segments(Tensor[] all) {
        return Arrays.stream(all).map(t -> t == null ? null : t.segment()).toArray(MemorySegment[]::new);
    }

    private static double[][] doubles(Tensor[] all) {
        return Arrays.stream(all).map(t -> t == null ? null : t.doubles()).toArray(double[][]::new);
    }

    /** Null where the shape has no rows. */
    private Tensor[] weights(Shape shape) {
        int[] offsets = shape.offsets();
        double scale = 1 / Math.sqrt(shape.width());
        return each(shape, e -> offsets[e + 1] > offsets[e] ? tensors.random((int) shape.expert(), scale) : null);
    }

    private Tensor room(long bytes) {
        return tensors.poison((int) (bytes / Float.BYTES));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void matchesTheReference(String offsets, Shape shape) {
        int count = shape.rows() * shape.width();
        Tensor x = tensors.random(count, 1);
        Tensor dy = tensors.random(count, 1);
        Tensor[] weights = weights(shape);
        FeedForwardReference reference = new FeedForwardReference(shape, DoubleUnaryOperator.identity());
        FeedForwardReference.Forward forward = reference.forward(x.doubles(), doubles(weights));
        FeedForwardReference.Backward backward =
                reference.backward(x.doubles(), doubles(weights), forward, dy.doubles());
        Threads.each(kernels -> {
            FeedForwardKernel ffn = kernels.feedForward();
            Tensor y = tensors.poison(count);
            Tensor saved = room(ffn.savedBytes(shape));
            ffn.forward(x.segment(), segments(weights), y.segment(), saved.segment(), shape);
            // Two products and an activation in a row; in backward two more.
            Tolerance tolerance = Tolerance.sums(shape.hidden() + shape.width()).times(3);
            tolerance.check("y", forward.y(), y.floats());
            evaluatesAlike(kernels, shape, x, weights, y);
            for (float beta : new float[] {0, 0.5f}) {
                Tensor dx = tensors.poison(count);
                int expert = (int) shape.expert();
                Tensor[] dWeights = each(shape, e -> beta == 0 ? tensors.poison(expert) : tensors.random(expert, 1));
                double[][] before = doubles(dWeights);
                Gradient gradient = new Gradient(x.segment(), saved.segment(), dy.segment(), dx.segment());
                MemorySegment scratch = room(ffn.backwardBytes(shape)).segment();
                ffn.backward(gradient, segments(weights), segments(dWeights), beta, scratch, shape);
                Tolerance gradients = Tolerance.sums(shape.hidden() + shape.width() + shape.rows())
                        .times(5);
                gradients.check("dx", backward.dx(), dx.floats());
                for (int e = 0; e < dWeights.length; e++) {
                    double[] expected = backward.dWeights()[e];
                    gradients.check(
                            "gradient of expert " + e,
                            beta == 0 ? expected : Reference.plus(expected, beta, before[e]),
                            dWeights[e].floats());
                }
            }
        });
    }

    private void evaluatesAlike(Kernels kernels, Shape shape, Tensor x, Tensor[] weights, Tensor y) {
        Tensor evaluated = tensors.poison(shape.rows() * shape.width());
        MemorySegment scratch = room(kernels.feedForward().savedBytes(shape)).segment();
        kernels.feedForward().evaluate(x.segment(), segments(weights), evaluated.segment(), scratch, shape);
        assertThat(evaluated.bits()).isEqualTo(y.bits());
    }

    @Test
    void takesWeightsAsTheyAre() {
        try (Kernels kernels = HostKernels.open(1)) {
            FeedForwardKernel ffn = kernels.feedForward();
            assertThat(ffn.format()).isEqualTo(ElementFormat.FP32);
            Tensor weights = tensors.random(24, 1);
            Tensor other = tensors.poison(24);
            float[] before = weights.floats();
            ffn.prepare(weights.segment(), weights.segment().asReadOnly(), 24);
            ffn.prepare(weights.segment(), other.segment(), 24);
            assertThat(weights.floats()).isEqualTo(before);
            assertThat(other.floats()).isEqualTo(before);
        }
    }

    @Test
    void refusesWhatIsTooSmallOrMissing() {
        try (Kernels kernels = HostKernels.open(1)) {
            FeedForwardKernel ffn = kernels.feedForward();
            Shape shape = new Shape(new int[] {0, 2}, 16, 16, Activation.SWIGLU);
            MemorySegment m = tensors.zeros(3 * 256).segment();
            MemorySegment[] all = {m};
            MemorySegment saved = room(ffn.savedBytes(shape)).segment();
            MemorySegment small = saved.asSlice(0, 64);
            assertThatThrownBy(() -> ffn.forward(m, all, m, small, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward saved has 64 bytes");
            assertThatThrownBy(() -> ffn.forward(m, new MemorySegment[1], m, saved, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward weights of expert 0 is null");
            assertThatThrownBy(() -> ffn.forward(m, new MemorySegment[] {m.asSlice(0, 2048)}, m, saved, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward weights of expert 0 has 2048 bytes");
            assertThatThrownBy(() -> ffn.forward(m, new MemorySegment[2], m, saved, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2 offsets from 0 for 2 groups");
            Gradient gradient = new Gradient(m, saved, m, m);
            assertThatThrownBy(() -> ffn.backward(gradient, all, all, 0, small, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward scratch has 64 bytes");
            assertThatThrownBy(() -> ffn.backward(gradient, all, new MemorySegment[1], 0, saved, shape))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("feedForward dWeights is null");
        }
    }

    @Test
    void refusesShapesThatCannotBe() {
        assertThatThrownBy(() -> new Shape(new int[] {}, 1, 1, Activation.GELU)).hasMessageContaining("0 offsets");
        assertThatThrownBy(() -> new Shape(new int[] {0, 2, 1}, 1, 1, Activation.GELU))
                .hasMessageContaining("offsets[2] = 1 is below offsets[1] = 2");
        assertThatThrownBy(() -> new Shape(new int[] {0}, -1, 1, Activation.GELU))
                .hasMessageContaining("feedForward width is -1");
    }
}
