package io.witan.kernels.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Working memory of one back end. It grows to the largest request and is freed at close; contents do not last. */
final class Scratch implements AutoCloseable {
    private static final long ALIGNMENT = 64;

    private Arena arena = Arena.ofShared();
    private MemorySegment memory = MemorySegment.NULL;

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
        return memory.byteSize();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            memory = MemorySegment.NULL;
            arena.close();
        }
    }
}
