package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.Kernels;
import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * A shared expert that each token takes as much of as a gate says (Qwen-MoE): out += sigmoid(x g) shared(x). The sigmoid is computed on
 * the host, one value a token.
 */
public final class GatedSharedExpert implements SharedExpert {
    private final Kernels kernels;
    private final SharedExpert shared;
    private final Parameter gate;
    private final int width;

    /**
     * @param gate g, [1, D]
     * @param width D
     */
    public GatedSharedExpert(Kernels kernels, SharedExpert shared, Parameter gate, int width) {
        this.kernels = kernels;
        this.shared = shared;
        this.gate = gate;
        this.width = width;
    }

    @Override
    public List<Parameter> matrices() {
        return Stream.concat(shared.matrices().stream(), Stream.of(gate)).toList();
    }

    @Override
    public Computed forward(MemorySegment x, MemorySegment out, int tokens, Pass pass, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        MemorySegment whole = arena.floats((long) tokens * width);
        kernels.vector().zero(whole, (long) tokens * width);
        MemorySegment logits = arena.floats(tokens);
        kernels.linear().forward(x, gate.value(), logits, tokens, width, 1, 0);
        MemorySegment weight = sigmoid(logits, tokens, arena);
        MemorySegment position = positions(tokens, arena);
        Computed computed = shared.forward(x, whole, tokens, pass, arena);
        kernels.permute().combine(whole, position, weight, out, tokens, 1, width);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
            return null;
        }
        return new Gated(x, whole, position, weight, computed, tokens);
    }

    private static MemorySegment sigmoid(MemorySegment logits, int tokens, StepArena arena) {
        MemorySegment weight = arena.hostBytes((long) tokens * Float.BYTES);
        MemorySegment logit = arena.toHost(logits);
        for (int t = 0; t < tokens; t++) {
            double s = 1 / (1 + StrictMath.exp(-logit.getAtIndex(JAVA_FLOAT, t)));
            weight.setAtIndex(JAVA_FLOAT, t, (float) s);
        }
        return arena.toKernels(weight);
    }

    /** Each token's row is its own. */
    private static MemorySegment positions(int tokens, StepArena arena) {
        MemorySegment position = arena.hostInts(tokens);
        for (int t = 0; t < tokens; t++) {
            position.setAtIndex(JAVA_INT, t, t);
        }
        return arena.toKernels(position);
    }

    private final class Gated implements Computed {
        private final MemorySegment x;
        private final MemorySegment whole;
        private final MemorySegment position;
        private final MemorySegment weight;
        private final Computed computed;
        private final int tokens;

        Gated(
                MemorySegment x,
                MemorySegment whole,
                MemorySegment position,
                MemorySegment weight,
                Computed computed,
                int tokens) {
            this.x = x;
            this.whole = whole;
            this.position = position;
            this.weight = weight;
            this.computed = computed;
            this.tokens = tokens;
        }

        @Override
        public void backward(MemorySegment dOut, MemorySegment dx, StepArena arena) {
            StepArena.Mark mark = arena.mark();
            MemorySegment dWhole = arena.floats((long) tokens * width);
            MemorySegment dWeight = arena.floats(tokens);
            kernels.permute()
                    .combineBackward(
                            new PermuteKernel.CombineGradient(whole, position, weight, dOut, dWhole, dWeight),
                            tokens,
                            1,
                            width);
            MemorySegment dLogits = gradientOfLogits(dWeight, arena);
            kernels.linear().backwardInput(dLogits, gate.value(), dx, tokens, width, 1, 1);
            kernels.linear().backwardWeight(dLogits, x, gate.gradient(), tokens, width, 1, 1);
            computed.backward(dWhole, dx, arena);
            arena.release(mark);
        }

        /** d s (1 - s). */
        private MemorySegment gradientOfLogits(MemorySegment dWeight, StepArena arena) {
            MemorySegment dLogits = arena.hostBytes((long) tokens * Float.BYTES);
            MemorySegment s = arena.toHost(weight);
            MemorySegment d = arena.toHost(dWeight);
            for (int t = 0; t < tokens; t++) {
                double share = s.getAtIndex(JAVA_FLOAT, t);
                dLogits.setAtIndex(JAVA_FLOAT, t, (float) (d.getAtIndex(JAVA_FLOAT, t) * share * (1 - share)));
            }
            return arena.toKernels(dLogits);
        }
    }
}
