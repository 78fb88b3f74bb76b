package io.witan.runtime.moe.exchange.hop;

import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** Host memory for rows between two hops; free again when no rows are on their way. */
public final class TransitMemory {
    private final StepArena arena;
    private StepArena.Mark bottom;
    private int underWay;

    /** @param arena that nobody else uses while rows are on their way */
    public TransitMemory(StepArena arena) {
        this.arena = arena;
    }

    /** Rows begin their way. */
    public void begin() {
        if (underWay++ == 0) {
            bottom = arena.mark();
        }
    }

    /** Uninitialised room, until no rows are on their way. */
    public MemorySegment bytes(long size) {
        return arena.hostBytes(size);
    }

    /** Rows that began their way have come. */
    public void end() {
        if (--underWay == 0) {
            arena.release(bottom);
        }
    }
}
