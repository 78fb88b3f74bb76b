package io.witan.runtime.moe.exchange;

import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** Host memory for rows between two stages; free again when no rows are on their way. */
final class TransitMemory {
    private final StepArena arena;
    private StepArena.Mark bottom;
    private int underWay;

    /** @param arena that nobody else uses while rows are on their way */
    TransitMemory(StepArena arena) {
        this.arena = arena;
    }

    void begin() {
        if (underWay++ == 0) {
            bottom = arena.mark();
        }
    }

    MemorySegment bytes(long size) {
        return arena.hostBytes(size);
    }

    void end() {
        if (--underWay == 0) {
            arena.release(bottom);
        }
    }
}
