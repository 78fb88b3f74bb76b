package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.NormKernel;
import io.witan.kernels.NormKernel.Gradient;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class CudaNormTest {
    private static final float EPSILON = 1e-5f;

    /** Rows and columns: in registers and in memory, more rows than blocks of the backward pass have at a time. */
    private static final int[][] SHAPES = {
        {0, 8},
        {1, 1},
        {1, 4},
        {1, 17},
        {5, 33},
        {3, 512},
        {37, 516},
        {9, 640},
        {70, 64},
        {2300, 12},
        {150, 5},
        {40, 257},
        {2, 2052},
        {3, 8192},
        {2, 8196}
    };

    /** One norm and its host twin. */
    private record Norms(NormKernel host, NormKernel cuda, boolean centred) {}

    private static Norms layerNorm(Twins twins) {
        return new Norms(twins.host().layerNorm(), new CudaLayerNorm(twins.device()), true);
    }

    private static Norms rmsNorm(Twins twins) {
        return new Norms(twins.host().rmsNorm(), new CudaRmsNorm(twins.device()), false);
    }

    private static MemorySegment at(MemorySegment segment, int shift) {
        return segment.asSlice(4L * shift);
    }

    private record Case(
            int rows,
            int cols,
            int shift,
            Twins.Pair x,
            Twins.Pair gain,
            Twins.Pair bias,
            Twins.Pair y,
            Twins.Pair stats) {
        /** @param shift elements that x begins off its alignment */
        Case(Twins twins, int rows, int cols, int shift) {
            this(
                    rows,
                    cols,
                    shift,
                    twins.normal(rows * cols + shift, 2),
                    twins.normal(cols, 1),
                    twins.normal(cols, 1),
                    twins.poison(rows * cols),
                    twins.poison(2 * rows));
        }

        private String named(String what) {
            return what + " of " + rows + " x " + cols;
        }

        void forward(Norms norms) {
            MemorySegment none = MemorySegment.NULL;
            norms.host.forward(
                    at(x.host(), shift),
                    gain.host(),
                    norms.centred ? bias.host() : none,
                    y.host(),
                    stats.host(),
                    rows,
                    cols,
                    EPSILON);
            norms.cuda.forward(
                    at(x.device(), shift),
                    gain.device(),
                    norms.centred ? bias.device() : none,
                    y.device(),
                    stats.device(),
                    rows,
                    cols,
                    EPSILON);
            Tolerance.sums(cols).check(named("y"), y.expected(), y.actual());
            Tolerance.sums(cols).check(named("stats"), stats.expected(), stats.actual());
        }

        void backward(Twins twins, Norms norms) {
            var dy = twins.normal(rows * cols, 1);
            var dx = twins.normal(rows * cols, 1);
            var dGain = twins.normal(cols, 1);
            var dBias = twins.normal(cols, 1);
            MemorySegment none = MemorySegment.NULL;
            norms.host.backward(
                    new Gradient(
                            at(x.host(), shift),
                            gain.host(),
                            stats.host(),
                            dy.host(),
                            dx.host(),
                            dGain.host(),
                            norms.centred ? dBias.host() : none),
                    rows,
                    cols);
            norms.cuda.backward(
                    new Gradient(
                            at(x.device(), shift),
                            gain.device(),
                            stats.device(),
                            dy.device(),
                            dx.device(),
                            dGain.device(),
                            norms.centred ? dBias.device() : none),
                    rows,
                    cols);
            // One column: the exact gradient is all but 0, and what cancels is dy * gain / deviation.
            Tolerance.sums(cols)
                    .times(3)
                    .around(cols == 1 ? 1 / Math.sqrt(EPSILON) : 0)
                    .check(named("dx"), dx.expected(), dx.actual());
            Tolerance.sums(rows + cols).check(named("dGain"), dGain.expected(), dGain.actual());
            Tolerance.sums(rows).check(named("dBias"), dBias.expected(), dBias.actual());
        }
    }

    private static void followsTheHost(Twins twins, Norms norms) {
        for (int[] shape : SHAPES) {
            Case c = new Case(twins, shape[0], shape[1], 0);
            c.forward(norms);
            c.backward(twins, norms);
        }
        Case off = new Case(twins, 6, 64, 1);
        off.forward(norms);
        off.backward(twins, norms);
    }

    @Test
    void layerNormFollowsTheHost() {
        try (Twins twins = new Twins()) {
            followsTheHost(twins, layerNorm(twins));
        }
    }

    @Test
    void rmsNormFollowsTheHost() {
        try (Twins twins = new Twins()) {
            followsTheHost(twins, rmsNorm(twins));
        }
    }

    @Test
    void aLargeMeanDoesNotSwallowTheDeviation() {
        int cols = 256;
        float[] values = new float[cols];
        try (Twins twins = new Twins()) {
            for (int i = 0; i < cols; i++) {
                values[i] = (float) (1000 + twins.random().nextGaussian());
            }
            var x = twins.floats(values);
            var gain = twins.normal(cols, 1);
            var bias = twins.normal(cols, 1);
            var y = twins.poison(cols);
            var stats = twins.poison(2);
            Norms norms = layerNorm(twins);
            norms.host.forward(x.host(), gain.host(), bias.host(), y.host(), stats.host(), 1, cols, EPSILON);
            norms.cuda.forward(x.device(), gain.device(), bias.device(), y.device(), stats.device(), 1, cols, EPSILON);
            // The mean is rounded at 1000, the deviation is 1.
            Tolerance.sums(cols).around(1000).check("y", y.expected(), y.actual());
        }
    }

    @Test
    void theSameBitsEachTime() {
        try (Twins twins = new Twins()) {
            Norms norms = layerNorm(twins);
            Case c = new Case(twins, 700, 36, 0);
            c.forward(norms);
            int[][] first = gradients(twins, norms, c);
            assertThat(gradients(twins, norms, c)).isDeepEqualTo(first);
        }
    }

    private static int[][] gradients(Twins twins, Norms norms, Case c) {
        var dx = twins.floats(new float[c.rows * c.cols]);
        var dGain = twins.floats(new float[c.cols]);
        var dBias = twins.floats(new float[c.cols]);
        norms.cuda.backward(
                new Gradient(
                        c.x.device(),
                        c.gain.device(),
                        c.stats.device(),
                        c.x.device(),
                        dx.device(),
                        dGain.device(),
                        dBias.device()),
                c.rows,
                c.cols);
        return new int[][] {dx.actualInts(), dGain.actualInts(), dBias.actualInts()};
    }
}
