package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.VectorKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.Routed;
import java.lang.foreign.MemorySegment;

/** Each token goes to the expert that has the number of its task, with weight 1. Learns nothing. */
public final class TaskGate implements Gate {
    private final VectorKernel vector;
    private final int experts;
    private final int width;

    /**
     * @param experts E; tasks are below
     * @param width model width D
     */
    public TaskGate(VectorKernel vector, int experts, int width) {
        this.vector = vector;
        this.experts = experts;
        this.width = width;
    }

    @Override
    public boolean isTrusted() {
        return true;
    }

    /** @throws IllegalArgumentException if a token has no task, or one that is no expert's number */
    @Override
    public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        TokensByTask byTask = TokensByTask.of(context, tokens, experts);
        MemorySegment expert = arena.hostInts(tokens);
        MemorySegment.copy(byTask.ofToken(), 0, expert, JAVA_INT, 0, tokens);
        MemorySegment weight = arena.hostBytes((long) tokens * Float.BYTES);
        for (int t = 0; t < tokens; t++) {
            weight.setAtIndex(JAVA_FLOAT, t, 1);
        }
        return new Decided(this, tokens, arena.toKernels(expert), arena.toKernels(weight), arena);
    }

    private record Decided(TaskGate gate, int tokens, MemorySegment expert, MemorySegment weight, StepArena arena)
            implements Routed {
        @Override
        public int choices() {
            return 1;
        }

        @Override
        public boolean mayDrop() {
            return false;
        }

        /** Zeroes: what a token is does not matter. */
        @Override
        public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context) {
            MemorySegment dx = arena.floats((long) tokens * gate.width);
            gate.vector.zero(dx, (long) tokens * gate.width);
            return dx;
        }
    }
}
