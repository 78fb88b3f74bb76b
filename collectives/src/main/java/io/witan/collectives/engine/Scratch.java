package io.witan.collectives.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Off-heap memory for the operation in progress on one lane; grows to the largest need and stays until closed. */
public final class Scratch {
    private static final long ALIGNMENT = 64;

    private Arena arena;
    private MemorySegment memory = MemorySegment.NULL;

    Scratch() {}

    /** Memory for one operation; what an earlier one got becomes invalid. Contents are undefined. */
    @SuppressWarnings("MustBeClosedChecker") // closed by close(), or here when it grows
    public MemorySegment take(long bytes) {
        if (bytes > memory.byteSize()) {
            close();
            arena = Arena.ofShared();
            memory = arena.allocate(Math.max(bytes, Math.min(2 * bytes, 1L << 20)), ALIGNMENT);
        }
        return memory.asSlice(0, bytes);
    }

    long reservedBytes() {
        return memory.byteSize();
    }

    void close() {
        if (arena != null) {
            arena.close();
            arena = null;
            memory = MemorySegment.NULL;
        }
    }
}
