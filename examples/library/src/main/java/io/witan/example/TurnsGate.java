package io.witan.example;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.Gate;
import io.witan.runtime.moe.Routed;
import java.lang.foreign.MemorySegment;

/** A gate of one's own: experts take tokens in turn. Nothing is learnt, loads are even. */
public record TurnsGate(int experts, int width) implements Gate {
    @Override
    public Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena) {
        MemorySegment expert = arena.hostInts(tokens);
        MemorySegment weight = arena.hostBytes((long) tokens * Float.BYTES);
        for (int t = 0; t < tokens; t++) {
            expert.setAtIndex(JAVA_INT, t, (int) ((context.firstToken() + t) % experts));
            weight.setAtIndex(JAVA_FLOAT, t, 1);
        }
        MemorySegment dx = arena.hostBytes((long) tokens * width * Float.BYTES).fill((byte) 0);
        return new Turns(tokens, 1, arena.toKernels(expert), arena.toKernels(weight), false, arena.toKernels(dx));
    }

    private record Turns(
            int tokens, int choices, MemorySegment expert, MemorySegment weight, boolean mayDrop, MemorySegment dx)
            implements Routed {
        @Override
        public MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context) {
            return dx;
        }
    }
}
