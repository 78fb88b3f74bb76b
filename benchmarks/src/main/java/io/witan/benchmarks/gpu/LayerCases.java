package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.PermuteKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * An MoE layer of SwiGLU experts as training computes it on one rank: gate, order, products, combination, and back to the
 * gradients of input, router and experts. Tokens, router and all gradients of weights are fp32; rows of experts, and their weights,
 * are what the back end multiplies. Weights are brought to that format before the clock starts, as training does once a step, after
 * the optimizer, with each expert that it materialises. The host waits once, for the offsets.
 */
final class LayerCases {
    private static final int TOP_K = 2;
    private static final FeedForwardKernel.Activation ACTIVATION = FeedForwardKernel.Activation.SWIGLU;
    private static final int GATE = 0;
    private static final int UP = 1;
    private static final int DOWN = 2;

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
    /** Matrices of each expert. */
    private final Filled[][] matrices;

    private final MemorySegment[] weights;
    private final MemorySegment[] gradients;
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
        matrices = new Filled[experts][ACTIVATION.matrices()];
        weights = new MemorySegment[experts];
        gradients = new MemorySegment[experts];
        fillWeights();
        memory = new Memory();
    }

    private void fillWeights() {
        FeedForwardKernel feedForward = kernels.feedForward();
        long count = (long) hidden * width;
        MemorySegment fp32 = buffers.fp32(ACTIVATION.matrices() * count);
        for (int e = 0; e < experts; e++) {
            for (int i = 0; i < ACTIVATION.matrices(); i++) {
                int exponent = RandomData.exponentFor(i == DOWN ? hidden : width);
                matrices[e][i] = buffers.fillFp32(fp32.asSlice(4 * i * count, 4 * count), exponent);
            }
            weights[e] = buffers.bytes(feedForward.format().bytes(ACTIVATION.matrices() * count));
            feedForward.prepare(fp32, weights[e], ACTIVATION.matrices() * count);
            gradients[e] = buffers.fp32(ACTIVATION.matrices() * count);
        }
    }

    private FeedForwardKernel.Shape shape() {
        return new FeedForwardKernel.Shape(offsets, width, hidden, ACTIVATION);
    }

    /** As experts take and give them. */
    private MemorySegment expertRows() {
        return buffers.bytes(kernels.feedForward().format().bytes((long) rows * width));
    }

    private MemorySegment rowsOf(int columns) {
        return buffers.fp32((long) rows * columns);
    }

    private MemorySegment tokensOf(int columns) {
        return buffers.fp32((long) tokens * columns);
    }

    /** A shape with as many rows as any. */
    private FeedForwardKernel.Shape allOnFirst() {
        return new FeedForwardKernel.Shape(new int[] {0, rows}, width, hidden, ACTIVATION);
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
        final MemorySegment in = expertRows();
        final MemorySegment out = expertRows();
        final MemorySegment dIn = expertRows();
        final MemorySegment dRows = expertRows();
        final MemorySegment saved = buffers.bytes(kernels.feedForward().savedBytes(allOnFirst()));
        final MemorySegment scratch = buffers.bytes(kernels.feedForward().backwardBytes(allOnFirst()));
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
            kernels.expertRows().gather(x.segment(), m.token, m.in, rows, width);
            kernels.feedForward().forward(m.in, weights, m.out, m.saved, shape());
            kernels.vector().zero(m.y, (long) tokens * width);
            kernels.expertRows().combine(m.out, m.position, m.gate.weight(), m.y, tokens, TOP_K, width);
        }

        private void backward() {
            Memory m = memory;
            kernels.expertRows()
                    .combineBackward(
                            new PermuteKernel.CombineGradient(
                                    m.out, m.position, m.gate.weight(), dOut.segment(), m.dRows, m.dWeight),
                            tokens,
                            TOP_K,
                            width);
            FeedForwardKernel.Gradient through = new FeedForwardKernel.Gradient(m.in, m.saved, m.dRows, m.dIn);
            kernels.feedForward().backward(through, weights, gradients, 0, m.scratch, shape());
            kernels.vector().zero(m.balance, experts);
            kernels.gate()
                    .backward(m.gate, gateShape, GateKernel.Weights.RENORMALISED, m.dWeight, m.balance, 0, m.dLogits);
            kernels.linear().backwardInput(m.dLogits, router.segment(), m.dx, tokens, width, experts, 0);
            kernels.linear().backwardWeight(m.dLogits, x.segment(), m.dRouter, tokens, width, experts, 0);
            kernels.expertRows().sumByPosition(m.dIn, m.position, m.dx, tokens, TOP_K, width, 1);
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
            Filled[] expert = matrices[chosen[k]];
            double[] activated = new double[hidden];
            for (int f = 0; f < hidden; f++) {
                double gate = 0;
                double up = 0;
                for (int i = 0; i < width; i++) {
                    double value = x.at((long) token * width + i);
                    gate += expert[GATE].at((long) f * width + i) * value;
                    up += expert[UP].at((long) f * width + i) * value;
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
                    double weight = expert[DOWN].at((long) i * hidden + f);
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
                Filled[] expert = matrices[chosen[k]];
                for (int f = 0; f < hidden; f++) {
                    sum += dGate[k][f] * expert[GATE].at((long) f * width + column);
                    sum += dUp[k][f] * expert[UP].at((long) f * width + column);
                }
            }
            return sum;
        }
    }
}
