package io.witan.runtime.moe.gate;

import io.witan.kernels.VectorKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/** Logits of [x ; e_t], the token and behind it the embedding of its task (M3ViT's first form, Liang et al. 2022; JiuZhang's first). */
final class TaskEmbedding implements Logits {
    private final VectorKernel vector;
    private final Logits logits;
    private final Parameter embedding;
    private final int tasks;
    private final int width;
    private final int low;
    private final int both;

    /**
     * @param logits of D + C numbers a token
     * @param embedding e [N, C]
     * @param width D
     */
    TaskEmbedding(VectorKernel vector, Logits logits, Parameter embedding, int width) {
        this.vector = vector;
        this.logits = logits;
        this.embedding = embedding;
        this.tasks = Math.toIntExact(embedding.spec().shape()[0]);
        this.width = width;
        this.low = Math.toIntExact(embedding.spec().shape()[1]);
        this.both = width + low;
    }

    @Override
    public List<Parameter> matrices() {
        return Stream.concat(logits.matrices().stream(), Stream.of(embedding)).toList();
    }

    @Override
    public Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        TokensByTask byTask = TokensByTask.of(context, tokens, tasks);
        MemorySegment own = arena.toHost(x);
        MemorySegment e = arena.toHost(embedding.value());
        MemorySegment wide = arena.hostBytes((long) tokens * both * Float.BYTES);
        for (int t = 0; t < tokens; t++) {
            TokensByTask.copy(own, (long) t * width, wide, (long) t * both, width);
            TokensByTask.copy(e, (long) byTask.ofToken()[t] * low, wide, (long) t * both + width, low);
        }
        return new Embedded(logits.project(arena.toKernels(wide), tokens, pass, context, arena), byTask, arena);
    }

    private final class Embedded implements Projected {
        private final Projected projected;
        private final TokensByTask byTask;
        private final StepArena arena;

        Embedded(Projected projected, TokensByTask byTask, StepArena arena) {
            this.projected = projected;
            this.byTask = byTask;
            this.arena = arena;
        }

        @Override
        public MemorySegment values() {
            return projected.values();
        }

        @Override
        public void backward(MemorySegment dLogits, MemorySegment dx, float beta) {
            int tokens = byTask.tokens();
            MemorySegment dWide = arena.floats((long) tokens * both);
            projected.backward(dLogits, dWide, 0);
            MemorySegment d = arena.toHost(dWide);
            MemorySegment sums = HostGradients.sums(d, both, low, byTask, tasks, arena);
            HostGradients.put(sums, embedding.gradient(), 1, vector, arena);
            MemorySegment own = arena.hostBytes((long) tokens * width * Float.BYTES);
            for (int t = 0; t < tokens; t++) {
                TokensByTask.copy(d, (long) t * both, own, (long) t * width, width);
            }
            HostGradients.put(own, dx, beta, vector, arena);
        }
    }
}
