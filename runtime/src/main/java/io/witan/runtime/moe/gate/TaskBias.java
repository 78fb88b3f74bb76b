package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.VectorKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** h + b_t: tokens of a task are drawn to some experts, whatever they are. The second form of JiuZhang's task-conditioned router, with b_t = V e_t. */
final class TaskBias implements Logits {
    private final VectorKernel vector;
    private final Logits logits;
    private final Parameter bias;
    private final int tasks;
    private final int experts;

    /** @param bias b [N, E] */
    TaskBias(VectorKernel vector, Logits logits, Parameter bias) {
        this.vector = vector;
        this.logits = logits;
        this.bias = bias;
        this.tasks = Math.toIntExact(bias.spec().shape()[0]);
        this.experts = Math.toIntExact(bias.spec().shape()[1]);
    }

    @Override
    public List<Parameter> matrices() {
        return logits.matrices();
    }

    @Override
    public Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        TokensByTask byTask = TokensByTask.of(context, tokens, tasks);
        Projected projected = logits.project(x, tokens, pass, context, arena);
        MemorySegment h = arena.toHost(projected.values());
        MemorySegment b = arena.toHost(bias.value());
        MemorySegment sum = arena.hostBytes((long) tokens * experts * Float.BYTES);
        for (int t = 0; t < tokens; t++) {
            for (int e = 0; e < experts; e++) {
                long at = (long) t * experts + e;
                float own = b.getAtIndex(JAVA_FLOAT, (long) byTask.ofToken()[t] * experts + e);
                sum.setAtIndex(JAVA_FLOAT, at, h.getAtIndex(JAVA_FLOAT, at) + own);
            }
        }
        return new Biased(projected, byTask, arena.toKernels(sum), arena);
    }

    private final class Biased implements Projected {
        private final Projected projected;
        private final TokensByTask byTask;
        private final MemorySegment values;
        private final StepArena arena;

        Biased(Projected projected, TokensByTask byTask, MemorySegment values, StepArena arena) {
            this.projected = projected;
            this.byTask = byTask;
            this.values = values;
            this.arena = arena;
        }

        @Override
        public MemorySegment values() {
            return values;
        }

        @Override
        public void backward(MemorySegment dLogits, MemorySegment dx, float beta) {
            MemorySegment d = arena.toHost(dLogits);
            MemorySegment sums = HostGradients.sums(d, experts, experts, byTask, tasks, arena);
            HostGradients.put(sums, bias.gradient(), 1, vector, arena);
            projected.backward(dLogits, dx, beta);
        }
    }
}
