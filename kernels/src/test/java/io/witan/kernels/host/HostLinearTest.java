package io.witan.kernels.host;

import static io.witan.kernels.reference.Reference.plus;
import static io.witan.kernels.reference.Reference.times;
import static io.witan.kernels.reference.Reference.timesTransposed;
import static io.witan.kernels.reference.Reference.transposedTimes;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.Tolerance;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostLinearTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    @ParameterizedTest
    @CsvSource({
        "0, 5, 7",
        "1, 1, 1",
        "1, 17, 33",
        "33, 17, 1",
        "2, 1, 40",
        "5, 33, 17",
        "64, 64, 64",
        "1, 1024, 1024",
        "200, 96, 130",
        "130, 200, 257",
        "3, 257, 4000"
    })
    void matchesTheReference(int rows, int in, int out) {
        Tensor x = tensors.random(rows * in, 1);
        Tensor w = tensors.random(out * in, 1);
        Tensor dy = tensors.random(rows * out, 1);
        double[] y = timesTransposed(x.doubles(), w.doubles(), rows, in, out);
        double[] dx = times(dy.doubles(), w.doubles(), rows, out, in);
        double[] dw = transposedTimes(dy.doubles(), x.doubles(), out, rows, in);
        Threads.each(kernels -> {
            for (float beta : new float[] {0, 1, -0.5f}) {
                Tensor ys = output(rows * out, beta);
                Tensor dxs = output(rows * in, beta);
                Tensor dws = output(out * in, beta);
                double[] yBefore = ys.doubles();
                double[] dxBefore = dxs.doubles();
                double[] dwBefore = dws.doubles();
                kernels.linear().forward(x.segment(), w.segment(), ys.segment(), rows, in, out, beta);
                kernels.linear().backwardInput(dy.segment(), w.segment(), dxs.segment(), rows, in, out, beta);
                kernels.linear().backwardWeight(dy.segment(), x.segment(), dws.segment(), rows, in, out, beta);
                check("y", in, y, beta, yBefore, ys);
                check("dx", out, dx, beta, dxBefore, dxs);
                check("dw", rows, dw, beta, dwBefore, dws);
            }
        });
    }

    private Tensor output(int count, float beta) {
        return beta == 0 ? tensors.poison(count) : tensors.random(count, 1);
    }

    private static void check(String what, int length, double[] product, float beta, double[] before, Tensor actual) {
        double[] expected = beta == 0 ? product : plus(product, beta, before);
        // What was there before is of size 1, and may cancel the product.
        Tolerance tolerance = Tolerance.sums(length);
        (beta == 0 ? tolerance : tolerance.around(1)).check(what, expected, actual.floats());
    }

    @ParameterizedTest
    @CsvSource({"0, 4, 5", "3, 0, 5", "3, 4, 0"})
    void emptyDimensionsScaleTheOutput(int rows, int in, int out) {
        Threads.each(kernels -> {
            Tensor x = tensors.random(rows * in, 1);
            Tensor w = tensors.random(out * in, 1);
            Tensor dy = tensors.random(rows * out, 1);
            Tensor y = tensors.poison(rows * out);
            Tensor dw = tensors.poison(out * in);
            Tensor kept = tensors.random(out * in, 1);
            double[] half = plus(new double[out * in], 0.5, kept.doubles());
            kernels.linear().forward(x.segment(), w.segment(), y.segment(), rows, in, out, 0);
            kernels.linear().backwardWeight(dy.segment(), x.segment(), dw.segment(), rows, in, out, 0);
            Tolerance.roundings(1).check("y", new double[rows * out], y.floats());
            if (rows == 0) {
                kernels.linear().backwardWeight(dy.segment(), x.segment(), kept.segment(), rows, in, out, 0.5f);
                Tolerance.roundings(1).check("dw", new double[out * in], dw.floats());
                Tolerance.roundings(1).check("half", half, kept.floats());
            }
        });
    }

    @Test
    void repeatsToTheBit() {
        Tensor x = tensors.random(300 * 70, 1);
        Tensor w = tensors.random(190 * 70, 1);
        Threads.sameBitsOfProducts(kernels -> {
            Tensor y = tensors.poison(300 * 190);
            kernels.linear().forward(x.segment(), w.segment(), y.segment(), 300, 70, 190, 0);
            return List.of(y);
        });
    }

    @Test
    void refusesWrongOperands() {
        Tensor t = tensors.zeros(6);
        try (Kernels kernels = HostKernels.open(1)) {
            var linear = kernels.linear();
            assertThatThrownBy(() ->
                            linear.forward(t.segment(), t.segment(), t.segment().asSlice(0, 20), 2, 3, 3, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear y has 20 bytes");
            assertThatThrownBy(() ->
                            linear.forward(t.segment(), t.segment(), t.segment().asReadOnly(), 1, 1, 1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear y is read-only");
            assertThatThrownBy(() -> linear.forward(
                            java.lang.foreign.MemorySegment.ofArray(new float[4]),
                            t.segment(),
                            t.segment(),
                            1,
                            1,
                            1,
                            0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear x lies on the heap");
            assertThatThrownBy(() -> linear.forward(null, t.segment(), t.segment(), 1, 1, 1, 0))
                    .hasMessageContaining("linear x is null");
            assertThatThrownBy(() -> linear.forward(t.segment(), t.segment(), t.segment(), -1, 1, 1, 0))
                    .hasMessageContaining("linear rows is -1");
        }
    }
}
