package io.witan.kernels.host;

import io.witan.kernels.Kernels;
import io.witan.kernels.NormKernel;
import io.witan.kernels.NormKernel.Gradient;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.NormReference;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostNormTest {
    private static final float EPSILON = 1e-5f;

    @RegisterExtension
    final Tensors tensors = new Tensors();

    private static NormKernel norm(Kernels kernels, boolean centred) {
        return centred ? kernels.layerNorm() : kernels.rmsNorm();
    }

    private static MemorySegment bias(Tensor bias, boolean centred) {
        return centred ? bias.segment() : MemorySegment.NULL;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8, true", "1, 1, true", "1, 17, true", "5, 33, true", "300, 64, true", "140, 257, true",
        "0, 8, false", "1, 1, false", "1, 17, false", "5, 33, false", "300, 64, false", "140, 257, false"
    })
    void matchesTheReference(int rows, int cols, boolean centred) {
        NormReference reference = new NormReference(centred, rows, cols, EPSILON);
        Tensor x = tensors.random(rows * cols, 2);
        Tensor gain = tensors.random(cols, 1);
        Tensor bias = tensors.random(cols, 1);
        Tensor dy = tensors.random(rows * cols, 1);
        Tensor dx = tensors.random(rows * cols, 1);
        Tensor dGain = tensors.random(cols, 1);
        Tensor dBias = tensors.random(cols, 1);
        NormReference.Forward expected = reference.forward(x.doubles(), gain.doubles(), bias.doubles());
        NormReference.Backward d = reference.backward(x.doubles(), gain.doubles(), bias.doubles(), dy.doubles());
        Threads.each(kernels -> {
            Tensor y = tensors.poison(rows * cols);
            Tensor stats = tensors.poison(rows * 2);
            norm(kernels, centred)
                    .forward(
                            x.segment(),
                            gain.segment(),
                            bias(bias, centred),
                            y.segment(),
                            stats.segment(),
                            rows,
                            cols,
                            EPSILON);
            Tolerance.sums(cols).check("y", expected.y(), y.floats());
            Tolerance.sums(cols).check("stats", expected.stats(), stats.floats());

            Tensor dxs = tensors.of(dx.floats());
            Tensor dGains = tensors.of(dGain.floats());
            Tensor dBiases = tensors.of(dBias.floats());
            norm(kernels, centred)
                    .backward(
                            new Gradient(
                                    x.segment(),
                                    gain.segment(),
                                    stats.segment(),
                                    dy.segment(),
                                    dxs.segment(),
                                    dGains.segment(),
                                    bias(dBiases, centred)),
                            rows,
                            cols);
            // One column: the exact gradient is all but 0, and what cancels is dy * gain / deviation.
            Tolerance.sums(cols)
                    .times(3)
                    .around(cols == 1 ? 1 / Math.sqrt(EPSILON) : 0)
                    .check("dx", Reference.plus(d.dx(), 1, dx.doubles()), dxs.floats());
            Tolerance.sums(rows + cols).check("dGain", Reference.plus(d.dGain(), 1, dGain.doubles()), dGains.floats());
            double[] dBiasExpected = centred ? Reference.plus(d.dBias(), 1, dBias.doubles()) : dBias.doubles();
            Tolerance.sums(rows).check("dBias", dBiasExpected, dBiases.floats());
        });
    }

    @Test
    void aLargeMeanDoesNotSwallowTheDeviation() {
        int cols = 256;
        Tensor x = tensors.random(cols, 1);
        for (int i = 0; i < cols; i++) {
            x.set(i, 1000 + x.floats()[i]);
        }
        Tensor gain = tensors.random(cols, 1);
        Tensor bias = tensors.random(cols, 1);
        double[] y = new NormReference(true, 1, cols, EPSILON)
                .forward(x.doubles(), gain.doubles(), bias.doubles())
                .y();
        Threads.each(kernels -> {
            Tensor out = tensors.poison(cols);
            Tensor stats = tensors.poison(2);
            kernels.layerNorm()
                    .forward(
                            x.segment(),
                            gain.segment(),
                            bias.segment(),
                            out.segment(),
                            stats.segment(),
                            1,
                            cols,
                            EPSILON);
            // The mean is rounded at 1000, the deviation is 1.
            Tolerance.sums(cols).around(1000).check("y", y, out.floats());
        });
    }

    @Test
    void sameBitsForAnyThreads() {
        int rows = 500;
        int cols = 77;
        Tensor x = tensors.random(rows * cols, 2);
        Tensor gain = tensors.random(cols, 1);
        Tensor bias = tensors.random(cols, 1);
        Tensor dy = tensors.random(rows * cols, 1);
        Threads.sameBits(kernels -> {
            Tensor y = tensors.poison(rows * cols);
            Tensor stats = tensors.poison(rows * 2);
            Tensor dx = tensors.zeros(rows * cols);
            Tensor dGain = tensors.zeros(cols);
            Tensor dBias = tensors.zeros(cols);
            kernels.layerNorm()
                    .forward(
                            x.segment(),
                            gain.segment(),
                            bias.segment(),
                            y.segment(),
                            stats.segment(),
                            rows,
                            cols,
                            EPSILON);
            kernels.layerNorm()
                    .backward(
                            new Gradient(
                                    x.segment(),
                                    gain.segment(),
                                    stats.segment(),
                                    dy.segment(),
                                    dx.segment(),
                                    dGain.segment(),
                                    dBias.segment()),
                            rows,
                            cols);
            return List.of(y, stats, dx, dGain, dBias);
        });
    }
}
