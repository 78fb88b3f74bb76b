package io.witan.runtime.fssdp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongFunction;

/** Reusable buffers of one size, which all layers share; their memory stays until its owner frees it. */
final class ChunkPool {
    private final LongFunction<MemorySegment> memory;
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final long chunkBytes;
    private long heldBytes;

    /** @param memory gives so many bytes with undefined contents */
    ChunkPool(LongFunction<MemorySegment> memory, long chunkBytes) {
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
        return memory.apply(chunkBytes);
    }

    /** In a memory of kernels, those that were queued before may still use it: whoever acquires it next is queued behind them. */
    void release(MemorySegment chunk) {
        free.push(chunk);
    }

    /** Off-heap bytes held, whether in use or kept. */
    long heldBytes() {
        return heldBytes;
    }
}
