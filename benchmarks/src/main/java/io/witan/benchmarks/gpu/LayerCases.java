package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.GateKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.PermuteKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An MoE layer of SwiGLU experts as training computes it on one rank: gate, order, products, combination, and back to the
 * gradients of input, router and experts. State and rows are fp32, products bf16. The host waits once, for the offsets.
 */
final class LayerCases {
    private static final int TOP_K = 2;
    private static final int PRODUCTS = 3;

    private final Buffers buffers;
    private final Kernels kernels;
    private final int width;
    private final int hidden;
    private final int experts;
    private final int tokens;
    private final int rows;
    private final GateKernel.Shape gateShape;
    private final Filled x;
    private final Filled dOut;
    private final Filled router;
    private final Filled[] weights = new Filled[PRODUCTS];
    private final MemorySegment[][] perExpert = new MemorySegment[PRODUCTS][];
    private final MemorySegment[][] gradients = new MemorySegment[PRODUCTS][];
    private final Memory memory;
    private final int[] offsets;

    LayerCases(Buffers buffers, Kernels kernels, Shapes.Layer shape) {
        this.buffers = buffers;
        this.kernels = kernels;
        width = shape.width();
        hidden = shape.hidden();
        experts = shape.experts();
        tokens = shape.tokens();
        rows = tokens * TOP_K;
        offsets = new int[experts + 1];
        gateShape = new GateKernel.Shape(tokens, experts, TOP_K);
        x = buffers.randomFp32((long) tokens * width, 0);
        dOut = buffers.randomFp32((long) tokens * width, 0);
        router = buffers.randomFp32((long) experts * width, RandomData.exponentFor(width));
        for (int i = 0; i < PRODUCTS; i++) {
            int terms = i == PRODUCTS - 1 ? hidden : width;
            weights[i] = buffers.randomFp32((long) experts * hidden * width, RandomData.exponentFor(terms));
            perExpert[i] = split(weights[i].segment());
            gradients[i] = split(buffers.fp32((long) experts * hidden * width));
        }
        memory = new Memory();
    }

    private MemorySegment[] split(MemorySegment all) {
        long bytes = 4L * hidden * width;
        return IntStream.range(0, experts)
                .mapToObj(e -> all.asSlice(e * bytes, bytes))
                .toArray(MemorySegment[]::new);
    }

    private MemorySegment rowsOf(int columns) {
        return buffers.fp32((long) rows * columns);
    }

    private MemorySegment tokensOf(int columns) {
        return buffers.fp32((long) tokens * columns);
    }

    /** What lies between input and output. */
    private final class Memory {
        final MemorySegment logits = tokensOf(experts);
        final GateKernel.Saved gate =
                new GateKernel.Saved(tokensOf(experts), tokensOf(TOP_K), tokensOf(TOP_K), tokensOf(1));
        final MemorySegment balance = buffers.fp32(experts);
        final MemorySegment dLogits = tokensOf(experts);
        final MemorySegment dRouter = buffers.fp32((long) experts * width);
        final MemorySegment dWeight = rowsOf(1);
        final MemorySegment order = rowsOf(1);
        final MemorySegment position = rowsOf(1);
        final MemorySegment token = rowsOf(1);
        final MemorySegment all = buffers.ints(IntStream.range(0, rows).toArray());
        final MemorySegment tokenOf =
                buffers.ints(IntStream.range(0, rows).map(i -> i / TOP_K).toArray());
        final MemorySegment in = rowsOf(width);
        final MemorySegment out = rowsOf(width);
        final MemorySegment dIn = rowsOf(width);
        final MemorySegment dRows = rowsOf(width);
        final MemorySegment gateOut = rowsOf(hidden);
        final MemorySegment upOut = rowsOf(hidden);
        final MemorySegment activated = rowsOf(hidden);
        final MemorySegment dHidden = rowsOf(hidden);
        final MemorySegment dGate = rowsOf(hidden);
        final MemorySegment y = tokensOf(width);
        final MemorySegment dx = tokensOf(width);
    }

    List<Case> cases() {
        // Three products forward, twice as many backward, and the router's.
        double flops = 18.0 * rows * width * hidden + 6.0 * tokens * width * experts;
        return List.of(new Case("MoE layer, forward and backward", Work.flops(flops), 1, new ForwardBackward()));
    }

    private final class ForwardBackward implements Case.Steps {
        private TokenReference reference;

        @Override
        public void call(int set) {
            forward();
            backward();
        }

        private void forward() {
            Memory m = memory;
            kernels.linear().forward(x.segment(), router.segment(), m.logits, tokens, width, experts, 0);
            kernels.gate()
                    .forward(
                            m.logits,
                            gateShape,
                            GateKernel.Weights.RENORMALISED,
                            m.gate.probabilities(),
                            m.gate.expert(),
                            m.gate.weight(),
                            m.gate.logSumExp());
            kernels.permute().sort(m.gate.expert(), rows, experts, offsets, m.order);
            kernels.permute().scatterRows(m.all, m.order, m.position, rows, 1);
            kernels.permute().gatherRows(m.tokenOf, m.order, m.token, rows, 1);
            kernels.permute().gatherRows(x.segment(), m.token, m.in, rows, width);
            kernels.groupedLinear().forward(m.in, offsets, perExpert[0], m.gateOut, width, hidden);
            kernels.groupedLinear().forward(m.in, offsets, perExpert[1], m.upOut, width, hidden);
            kernels.activation().swigluWithSlopes(m.gateOut, m.upOut, m.activated, (long) rows * hidden);
            kernels.groupedLinear().forward(m.activated, offsets, perExpert[2], m.out, hidden, width);
            kernels.vector().zero(m.y, (long) tokens * width);
            kernels.permute().combine(m.out, m.position, m.gate.weight(), m.y, tokens, TOP_K, width);
        }

        private void backward() {
            Memory m = memory;
            long count = (long) rows * hidden;
            kernels.permute()
                    .combineBackward(
                            new PermuteKernel.CombineGradient(
                                    m.out, m.position, m.gate.weight(), dOut.segment(), m.dRows, m.dWeight),
                            tokens,
                            TOP_K,
                            width);
            kernels.groupedLinear().backwardInput(m.dRows, offsets, perExpert[2], m.dHidden, hidden, width, 0);
            kernels.groupedLinear().backwardWeight(m.dRows, offsets, m.activated, gradients[2], hidden, width, 0);
            kernels.vector().multiply(m.dHidden, m.gateOut, m.dGate, count);
            kernels.vector().multiply(m.dHidden, m.upOut, m.dHidden, count);
            kernels.groupedLinear().backwardInput(m.dGate, offsets, perExpert[0], m.dIn, width, hidden, 0);
            kernels.groupedLinear().backwardWeight(m.dGate, offsets, m.in, gradients[0], width, hidden, 0);
            kernels.groupedLinear().backwardInput(m.dHidden, offsets, perExpert[1], m.dIn, width, hidden, 1);
            kernels.groupedLinear().backwardWeight(m.dHidden, offsets, m.in, gradients[1], width, hidden, 0);
            kernels.vector().zero(m.balance, experts);
            kernels.gate()
                    .backward(m.gate, gateShape, GateKernel.Weights.RENORMALISED, m.dWeight, m.balance, 0, m.dLogits);
            kernels.linear().backwardInput(m.dLogits, router.segment(), m.dx, tokens, width, experts, 0);
            kernels.linear().backwardWeight(m.dLogits, x.segment(), m.dRouter, tokens, width, experts, 0);
            kernels.permute().sumByPosition(m.dIn, m.position, m.dx, tokens, TOP_K, width, 1);
        }

        @Override
        public void check(int set) {
            buffers.poison(memory.y, memory.dx, memory.out, memory.dIn);
            call(set);
            SpotCheck outputs = new SpotCheck("MoE layer", SpotCheck.BF16_CHAIN);
            SpotCheck inputs = new SpotCheck("MoE layer, gradient of the input", SpotCheck.BF16_CHAIN);
            if (reference == null) {
                reference = new TokenReference(tokens / 2);
            }
            float[] y = buffers.floats(memory.y, (long) reference.token * width, width);
            float[] dx = buffers.floats(memory.dx, (long) reference.token * width, width);
            for (int column : SpotCheck.some(width)) {
                outputs.compare(reference.y[column], y[column]);
                inputs.compare(reference.dx(column), dx[column]);
            }
            outputs.finish();
            inputs.finish();
        }
    }

    /** What one token gives and gets, in double; its experts are those that the device chose. */
    private final class TokenReference {
        final int token;
        final double[] y = new double[width];
        private final int[] chosen;
        private final double[] share = new double[TOP_K];
        private final double[] dShare = new double[TOP_K];
        private final double[][] dGate = new double[TOP_K][hidden];
        private final double[][] dUp = new double[TOP_K][hidden];

        TokenReference(int token) {
            this.token = token;
            chosen = buffers.intsAt(memory.gate.expert(), (long) token * TOP_K, TOP_K);
            double first = logit(chosen[0]);
            double second = logit(chosen[1]);
            share[0] = Functions.sigmoid(first - second);
            share[1] = Functions.sigmoid(second - first);
            for (int k = 0; k < TOP_K; k++) {
                throughExpert(k);
            }
        }

        private double logit(int expert) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += router.at((long) expert * width + i) * x.at((long) token * width + i);
            }
            return sum;
        }

        private void throughExpert(int k) {
            long base = (long) chosen[k] * hidden * width;
            double[] activated = new double[hidden];
            for (int f = 0; f < hidden; f++) {
                double gate = 0;
                double up = 0;
                for (int i = 0; i < width; i++) {
                    double value = x.at((long) token * width + i);
                    gate += weights[0].at(base + (long) f * width + i) * value;
                    up += weights[1].at(base + (long) f * width + i) * value;
                }
                activated[f] = Functions.silu(gate) * up;
                dGate[k][f] = Functions.siluSlope(gate) * up;
                dUp[k][f] = Functions.silu(gate);
            }
            double[] dActivated = new double[hidden];
            for (int i = 0; i < width; i++) {
                double dRow = share[k] * dOut.at((long) token * width + i);
                double sum = 0;
                for (int f = 0; f < hidden; f++) {
                    double weight = weights[2].at(base + (long) i * hidden + f);
                    sum += weight * activated[f];
                    dActivated[f] += weight * dRow;
                }
                y[i] += share[k] * sum;
                dShare[k] += dOut.at((long) token * width + i) * sum;
            }
            for (int f = 0; f < hidden; f++) {
                dGate[k][f] *= dActivated[f];
                dUp[k][f] *= dActivated[f];
            }
        }

        double dx(int column) {
            double mean = share[0] * dShare[0] + share[1] * dShare[1];
            double sum = 0;
            for (int k = 0; k < TOP_K; k++) {
                sum += share[k] * (dShare[k] - mean) * router.at((long) chosen[k] * width + column);
                long base = (long) chosen[k] * hidden * width + column;
                for (int f = 0; f < hidden; f++) {
                    sum += dGate[k][f] * weights[0].at(base + (long) f * width);
                    sum += dUp[k][f] * weights[1].at(base + (long) f * width);
                }
            }
            return sum;
        }
    }
}
