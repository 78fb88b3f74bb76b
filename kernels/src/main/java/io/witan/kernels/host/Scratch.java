package io.witan.kernels.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Working memory of one back end, freed at close: a shared part that grows to the largest request, and a small block for
 * each thread that stays in its first-level cache. Contents do not last from one operation to the next.
 */
final class Scratch implements AutoCloseable {
    /** Floats of a thread's block. */
    static final int BLOCK = 2048;

    private static final long ALIGNMENT = 64;

    private final Arena blockArena = Arena.ofShared();
    private final MemorySegment blocks;
    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;

    Scratch(int threads) {
        blocks = blockArena.allocate((long) threads * BLOCK * Float.BYTES, ALIGNMENT);
    }

    /** Address of a thread's block. */
    long block(int part) {
        return blocks.address() + (long) part * BLOCK * Float.BYTES;
    }

    /** At least this many floats; the segment of an earlier call is gone. The arena ends at close or at the next growth. */
    @SuppressWarnings("MustBeClosedChecker")
    MemorySegment floats(long count) {
        long bytes = Math.multiplyExact(count, (long) Float.BYTES);
        if (bytes > memory.byteSize()) {
            arena.close();
            memory = MemorySegment.NULL;
            arena = Arena.ofShared();
            memory = arena.allocate(bytes, ALIGNMENT);
        }
        return memory;
    }

    long bytes() {
        return memory.byteSize() + (blockArena.scope().isAlive() ? blocks.byteSize() : 0);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            memory = MemorySegment.NULL;
            arena.close();
            blockArena.close();
        }
    }
}
