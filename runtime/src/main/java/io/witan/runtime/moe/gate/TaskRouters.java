package io.witan.runtime.moe.gate;

import io.witan.kernels.VectorKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A router for each task (M3ViT's second form, Liang et al. 2022): of a token of task t logits are those of router t. */
final class TaskRouters implements Logits {
    private final VectorKernel vector;
    private final List<Logits> ofTask;
    private final int experts;
    private final int width;

    /**
     * @param ofTask logits that do not hang on where a token stands, by task
     * @param width D
     */
    TaskRouters(VectorKernel vector, List<Logits> ofTask, int experts, int width) {
        this.vector = vector;
        this.ofTask = List.copyOf(ofTask);
        this.experts = experts;
        this.width = width;
    }

    @Override
    public List<Parameter> matrices() {
        return ofTask.stream().flatMap(logits -> logits.matrices().stream()).toList();
    }

    @Override
    public Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        TokensByTask byTask = TokensByTask.of(context, tokens, ofTask.size());
        MemorySegment own = arena.toHost(x);
        MemorySegment values = arena.hostBytes((long) tokens * experts * Float.BYTES);
        Projected[] parts = new Projected[ofTask.size()];
        int[][] tokensOf = new int[parts.length][];
        for (int task = 0; task < parts.length; task++) {
            tokensOf[task] = byTask.of(task);
            MemorySegment rows = arena.toKernels(gathered(own, tokensOf[task], width, arena));
            parts[task] = ofTask.get(task).project(rows, tokensOf[task].length, pass, context, arena);
            scatter(arena.toHost(parts[task].values()), tokensOf[task], experts, values);
        }
        return new Routers(parts, tokensOf, arena.toKernels(values), arena);
    }

    /** [tokens of a task, cols] in host memory. */
    private static MemorySegment gathered(MemorySegment rows, int[] tokens, int cols, StepArena arena) {
        MemorySegment gathered = arena.hostBytes((long) tokens.length * cols * Float.BYTES);
        for (int i = 0; i < tokens.length; i++) {
            TokensByTask.copy(rows, (long) tokens[i] * cols, gathered, (long) i * cols, cols);
        }
        return gathered;
    }

    private static void scatter(MemorySegment gathered, int[] tokens, int cols, MemorySegment rows) {
        for (int i = 0; i < tokens.length; i++) {
            TokensByTask.copy(gathered, (long) i * cols, rows, (long) tokens[i] * cols, cols);
        }
    }

    private final class Routers implements Projected {
        private final Projected[] parts;
        private final int[][] tokensOf;
        private final MemorySegment values;
        private final StepArena arena;

        Routers(Projected[] parts, int[][] tokensOf, MemorySegment values, StepArena arena) {
            this.parts = parts;
            this.tokensOf = tokensOf;
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
            long tokens = values.byteSize() / Float.BYTES / experts;
            MemorySegment dTokens = arena.hostBytes(tokens * width * Float.BYTES);
            for (int task = 0; task < parts.length; task++) {
                MemorySegment dOwn = arena.toKernels(gathered(d, tokensOf[task], experts, arena));
                MemorySegment dRows = arena.floats((long) tokensOf[task].length * width);
                parts[task].backward(dOwn, dRows, 0);
                scatter(arena.toHost(dRows), tokensOf[task], width, dTokens);
            }
            HostGradients.put(dTokens, dx, beta, vector, arena);
        }
    }
}
