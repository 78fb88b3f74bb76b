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
import java.util.stream.Stream;

/**
 * An MoE layer of SwiGLU experts as training computes it on one rank: gate, order, products, combination, and back to the
 * gradients of input, router and experts. Tokens, router and all gradients of weights are fp32; rows of experts, and their weights,
 * are what the back end multiplies. Weights are brought to that format before the clock starts, as training does once a step, after
 * the optimizer, with each expert that it materialises. The host waits once, for the offsets.
 */
final class LayerCases {
    static final int TOP_K = 2;

    /** Hidden units of an expert, and columns of each, whose gradients are compared. */
    private static final int UNITS = 4;

    private static final int COLUMNS = 12;
    private static final FeedForwardKernel.Activation ACTIVATION = FeedForwardKernel.Activation.SWIGLU;
    /** Places of an expert's matrices. */
    static final int GATE = 0;

    static final int UP = 1;
    static final int DOWN = 2;

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
        private LayerReference reference;
        private LayerReference.Token token;
        private LayerReference.Expert expert;

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
            buffers.poison(memory.y, memory.dx, memory.out, memory.dIn, memory.dLogits, memory.dRouter);
            buffers.poison(gradients);
            call(set);
            if (reference == null) {
                int[] chosen = buffers.intsAt(memory.gate.expert(), 0, rows);
                reference = new LayerReference(
                        new LayerReference.Operands(width, hidden, x, dOut, router, matrices), chosen);
                token = reference.token(tokens / 2);
                expert = reference.smallestExpert();
            }
            checkToken();
            checkExpert();
            checkAllExpertsWritten();
            checkRouter();
        }

        private void checkToken() {
            SpotCheck outputs = new SpotCheck("MoE layer", SpotCheck.BF16_CHAIN);
            SpotCheck inputs = new SpotCheck("MoE layer, gradient of the input", SpotCheck.BF16_CHAIN);
            float[] y = buffers.floats(memory.y, (long) token.token * width, width);
            float[] dx = buffers.floats(memory.dx, (long) token.token * width, width);
            for (int column : SpotCheck.some(width)) {
                outputs.compare(token.y[column], y[column]);
                inputs.compare(token.dx(column), dx[column]);
            }
            outputs.finish();
            inputs.finish();
        }

        private void checkExpert() {
            SpotCheck[] checks = Stream.of("w1", "w3", "w2")
                    .map(name -> new SpotCheck(
                            "MoE layer, gradient of " + name + " of expert " + expert.expert, SpotCheck.BF16_CHAIN))
                    .toArray(SpotCheck[]::new);
            MemorySegment gradient = gradients[expert.expert];
            for (int f : SpotCheck.some(hidden, UNITS)) {
                LayerReference.Unit unit = expert.unit(f);
                for (int i : SpotCheck.some(width, COLUMNS)) {
                    long inner = (long) f * width + i;
                    long outer = (long) i * hidden + f;
                    checks[GATE].compare(unit.first(i), buffers.fp32At(gradient, place(GATE, inner)));
                    checks[UP].compare(unit.second(i), buffers.fp32At(gradient, place(UP, inner)));
                    checks[DOWN].compare(unit.outer(i), buffers.fp32At(gradient, place(DOWN, outer)));
                }
            }
            for (SpotCheck check : checks) {
                check.finish();
            }
        }

        private long place(int matrix, long element) {
            return (long) matrix * hidden * width + element;
        }

        /** The first and the last element of every matrix is a number. */
        private void checkAllExpertsWritten() {
            for (int e = 0; e < experts; e++) {
                SpotCheck written = new SpotCheck("MoE layer, gradients of expert " + e + " written", SpotCheck.FP32);
                for (int matrix = 0; matrix < ACTIVATION.matrices(); matrix++) {
                    float first = buffers.fp32At(gradients[e], place(matrix, 0));
                    float last = buffers.fp32At(gradients[e], place(matrix + 1, -1));
                    written.compare(first, first);
                    written.compare(last, last);
                }
                written.finish();
            }
        }

        /** Sums over all tokens, of the gradients of logits that the device has: those of the token above went into its dx. */
        private void checkRouter() {
            SpotCheck check = new SpotCheck("MoE layer, gradient of the router", SpotCheck.BF16_CHAIN);
            float[] dLogits = buffers.floats(memory.dLogits, 0, tokens * experts);
            int[] columns = SpotCheck.some(width);
            for (int e = 0; e < Math.min(experts, columns.length); e++) {
                int column = columns[e];
                double sum = 0;
                for (int t = 0; t < tokens; t++) {
                    sum += dLogits[t * experts + e] * x.at((long) t * width + column);
                }
                check.compare(sum, buffers.fp32At(memory.dRouter, (long) e * width + column));
            }
            check.finish();
        }
    }
}
