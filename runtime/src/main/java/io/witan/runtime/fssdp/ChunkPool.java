package io.witan.runtime.fssdp;

import io.witan.runtime.engine.ExchangeMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Reusable buffers of one expert's size for copies and gradients. */
final class ChunkPool {
    private final ExchangeMemory memory;
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final long chunkBytes;
    private long heldBytes;

    /** @param memory where the buffers come from and stay */
    ChunkPool(ExchangeMemory memory, long chunkBytes) {
        this.memory = memory;
        this.chunkBytes = chunkBytes;
    }

    /** Makes that many buffers now, and keeps them. */
    List<MemorySegment> reserve(int count) {
        List<MemorySegment> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(acquire());
        }
        free.addAll(made);
        return made;
    }

    /** A buffer with undefined contents; the caller gives it back with {@link #release}. */
    MemorySegment acquire() {
        MemorySegment reused = free.poll();
        if (reused != null) {
            return reused;
        }
        heldBytes += chunkBytes;
        return memory.allocate(chunkBytes);
    }

    void release(MemorySegment chunk) {
        free.push(chunk);
    }

    /** Off-heap bytes held, whether in use or kept. */
    long heldBytes() {
        return heldBytes;
    }
}
