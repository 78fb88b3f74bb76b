package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.GateKernel.Saved;
import io.witan.kernels.GateKernel.Shape;
import io.witan.kernels.GateKernel.Weights;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CudaGateTest {
    /** Tokens, experts, K: either side of what lanes and registers hold. */
    private static final int[][] SHAPES = {
        {0, 8, 2},
        {1, 1, 1},
        {1, 8, 2},
        {50, 8, 8},
        {41, 17, 3},
        {33, 32, 32},
        {20, 33, 4},
        {20, 64, 6},
        {19, 100, 2},
        {9, 128, 33},
        {17, 200, 8},
        {9, 256, 32},
        {9, 257, 6},
        {5, 1000, 40}
    };

    /** Operands and results of one gate on both sides. */
    private record Case(
            Shape shape,
            Weights weights,
            Twins.Pair logits,
            Twins.Pair probabilities,
            Twins.Pair expert,
            Twins.Pair weight,
            Twins.Pair logSumExp) {
        Case(Twins twins, Shape shape, Weights weights, Twins.Pair logits) {
            this(
                    shape,
                    weights,
                    logits,
                    twins.poison(shape.tokens() * shape.experts()),
                    twins.poison(shape.tokens() * shape.topK()),
                    twins.poison(shape.tokens() * shape.topK()),
                    twins.poison(shape.tokens()));
        }

        Case forward(Twins twins, CudaGate cuda) {
            twins.host()
                    .gate()
                    .forward(
                            logits.host(),
                            shape,
                            weights,
                            probabilities.host(),
                            expert.host(),
                            weight.host(),
                            logSumExp.host());
            cuda.forward(
                    logits.device(),
                    shape,
                    weights,
                    probabilities.device(),
                    expert.device(),
                    weight.device(),
                    logSumExp.device());
            return this;
        }

        void check() {
            int experts = shape.experts();
            assertThat(expert.actualInts()).as("%s", shape).isEqualTo(expert.expectedInts());
            Tolerance.sums(experts).check(shape + " p", probabilities.expected(), probabilities.actual());
            Tolerance.sums(experts).check(shape + " weight", weight.expected(), weight.actual());
            // The largest logit and the logarithm of the sum, at most log(experts), may cancel.
            Tolerance.sums(experts)
                    .around(Math.log(experts))
                    .check(shape + " lse", logSumExp.expected(), logSumExp.actual());
        }

        void backward(Twins twins, CudaGate cuda) {
            var dWeight = twins.normal(shape.tokens() * shape.topK(), 1);
            var balance = twins.normal(shape.experts(), 1);
            var dLogits = twins.poison(shape.tokens() * shape.experts());
            Saved host = new Saved(probabilities.host(), expert.host(), weight.host(), logSumExp.host());
            Saved device = new Saved(probabilities.device(), expert.device(), weight.device(), logSumExp.device());
            twins.host().gate().backward(host, shape, weights, dWeight.host(), balance.host(), 0.25f, dLogits.host());
            cuda.backward(device, shape, weights, dWeight.device(), balance.device(), 0.25f, dLogits.device());
            Tolerance.sums(shape.experts() + shape.topK())
                    .times(3)
                    .around(1)
                    .check(shape + " dLogits", dLogits.expected(), dLogits.actual());
        }
    }

    @Test
    void followsTheHost() {
        try (Twins twins = new Twins()) {
            CudaGate cuda = new CudaGate(twins.device());
            for (int[] s : SHAPES) {
                for (Weights weights : Weights.values()) {
                    Shape shape = new Shape(s[0], s[1], s[2]);
                    Case c = new Case(twins, shape, weights, twins.normal(s[0] * s[1], 2)).forward(twins, cuda);
                    c.check();
                    c.backward(twins, cuda);
                }
            }
        }
    }

    /** Few different values among many experts, both zeros among them: each pick but the first is a tie. */
    @Test
    void tiesGoToTheLowerId() {
        float[] values = {-1, 0f, -0f, 2, 2, Float.NEGATIVE_INFINITY};
        try (Twins twins = new Twins()) {
            CudaGate cuda = new CudaGate(twins.device());
            for (int experts : new int[] {6, 40, 90, 256, 300}) {
                float[] logits = new float[7 * experts];
                for (int i = 0; i < logits.length; i++) {
                    logits[i] = values[twins.random().nextInt(values.length)];
                }
                Shape shape = new Shape(7, experts, Math.min(experts, 30));
                new Case(twins, shape, Weights.RENORMALISED, twins.floats(logits))
                        .forward(twins, cuda)
                        .check();
            }
        }
    }

    @Test
    void extremeLogits() {
        try (Twins twins = new Twins()) {
            CudaGate cuda = new CudaGate(twins.device());
            var logits = twins.floats(1e4f, -1e4f, 0, 9999f, -80, 80, 80, -80, -1e4f, -1e4f, -1e4f, -1e4f);
            Case c = new Case(twins, new Shape(3, 4, 4), Weights.RENORMALISED, logits).forward(twins, cuda);
            c.check();
            c.backward(twins, cuda);
            float no = Float.NEGATIVE_INFINITY;
            var masked = twins.floats(no, -5, no, 2, no, no, no, 1);
            new Case(twins, new Shape(2, 4, 3), Weights.RENORMALISED, masked)
                    .forward(twins, cuda)
                    .check();
        }
    }

    @Test
    void aTokenOfNaNsKeepsValidIds() {
        float[] broken = {Float.NaN, Float.intBitsToFloat(-1), Float.POSITIVE_INFINITY};
        try (Twins twins = new Twins()) {
            CudaGate cuda = new CudaGate(twins.device());
            for (int experts : new int[] {1, 3, 64, 300}) {
                for (float value : broken) {
                    float[] logits = new float[2 * experts];
                    for (int i = 0; i < logits.length; i++) {
                        logits[i] = i % 7;
                    }
                    logits[experts / 2] = value;
                    int topK = Math.min(experts, 2);
                    Shape shape = new Shape(2, experts, topK);
                    Case c = new Case(twins, shape, Weights.PROBABILITY, twins.floats(logits)).forward(twins, cuda);
                    assertThat(c.expert.actualInts()).isEqualTo(c.expert.expectedInts());
                    float[] weight = c.weight.actual();
                    for (int k = 0; k < topK; k++) {
                        assertThat(weight[k]).isNaN();
                        assertThat(weight[topK + k]).isBetween(0f, 1f);
                    }
                    assertThat(c.logSumExp.actual()[0]).isNaN();
                    for (int e = 0; e < experts; e++) {
                        assertThat(c.probabilities.actual()[e]).isNaN();
                    }
                }
            }
        }
    }

    @Test
    void histogramCounts() {
        // The last has more experts than shared memory holds without being asked.
        int[][] shapes = {{0, 5, 2}, {1, 1, 1}, {700, 8, 2}, {3000, 64, 4}, {500, 13_000, 3}};
        try (Twins twins = new Twins()) {
            CudaGate cuda = new CudaGate(twins.device());
            for (int[] s : shapes) {
                Shape shape = new Shape(s[0], s[1], s[2]);
                check(
                        twins,
                        cuda,
                        shape,
                        twins.random().ints(s[0] * s[2], 0, s[1]).toArray());
                int[] last = new int[s[0] * s[2]];
                Arrays.fill(last, s[1] - 1);
                check(twins, cuda, shape, last);
            }
            assertThatThrownBy(() -> cuda.histogram(
                            twins.ints(0).device(),
                            new Shape(1, 2, 3),
                            twins.ints(0, 0).device()))
                    .hasMessageContaining("topK <= experts");
        }
    }

    private static void check(Twins twins, CudaGate cuda, Shape shape, int[] expert) {
        var ids = twins.ints(expert);
        var counts = twins.poison(shape.experts());
        twins.host().gate().histogram(ids.host(), shape, counts.host());
        cuda.histogram(ids.device(), shape, counts.device());
        assertThat(counts.actualInts()).as("%s", shape).isEqualTo(counts.expectedInts());
    }
}
