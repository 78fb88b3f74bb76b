package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * h = x W^T + n softplus(x N^T), n standard normal (Shazeer et al. 2017, section 2.1; the gate that FSMoE calls GShard's): experts that a
 * token nearly chose get their turn. Without noise when nothing is learnt. The noise of a token and expert hangs on the seed and on
 * where the token is in the run, not on the number of ranks; it is drawn again for backward.
 */
final class NoisyLogits implements Logits {
    private final Logits clean;
    private final Logits spread;
    private final NormalNoise noise;
    private final int experts;

    /**
     * @param clean x W^T
     * @param spread x N^T
     */
    NoisyLogits(Logits clean, Logits spread, NormalNoise noise, int experts) {
        this.clean = clean;
        this.spread = spread;
        this.noise = noise;
        this.experts = experts;
    }

    @Override
    public List<Parameter> matrices() {
        return Stream.concat(clean.matrices().stream(), spread.matrices().stream())
                .toList();
    }

    @Override
    public Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        Projected mean = clean.project(x, tokens, pass, context, arena);
        if (pass == Pass.EVALUATE) {
            return mean;
        }
        Projected width = spread.project(x, tokens, pass, context, arena);
        MemorySegment h = arena.toHost(mean.values());
        MemorySegment s = arena.toHost(width.values());
        long count = (long) tokens * experts;
        MemorySegment noisy = arena.hostBytes(count * Float.BYTES);
        for (long i = 0; i < count; i++) {
            double softplus = Scalars.softplus(s.getAtIndex(JAVA_FLOAT, i));
            noisy.setAtIndex(JAVA_FLOAT, i, (float) (h.getAtIndex(JAVA_FLOAT, i) + noise(context, i) * softplus));
        }
        return new Noisy(mean, width, arena.toKernels(noisy), tokens, context, arena);
    }

    private double noise(StepContext context, long i) {
        return noise.at(context.step(), context.firstToken() + i / experts, (int) (i % experts));
    }

    private final class Noisy implements Projected {
        private final Projected mean;
        private final Projected width;
        private final MemorySegment values;
        private final int tokens;
        private final StepContext context;
        private final StepArena arena;

        Noisy(Projected mean, Projected width, MemorySegment values, int tokens, StepContext context, StepArena arena) {
            this.mean = mean;
            this.width = width;
            this.values = values;
            this.tokens = tokens;
            this.context = context;
            this.arena = arena;
        }

        @Override
        public MemorySegment values() {
            return values;
        }

        @Override
        public void backward(MemorySegment dLogits, MemorySegment dx, float beta) {
            MemorySegment d = arena.toHost(dLogits);
            MemorySegment s = arena.toHost(width.values());
            long count = (long) tokens * experts;
            MemorySegment dSpread = arena.hostBytes(count * Float.BYTES);
            for (long i = 0; i < count; i++) {
                double slope = noise(context, i) * Scalars.sigmoid(s.getAtIndex(JAVA_FLOAT, i));
                dSpread.setAtIndex(JAVA_FLOAT, i, (float) (d.getAtIndex(JAVA_FLOAT, i) * slope));
            }
            mean.backward(dLogits, dx, beta);
            width.backward(arena.toKernels(dSpread), dx, 1);
        }
    }
}
