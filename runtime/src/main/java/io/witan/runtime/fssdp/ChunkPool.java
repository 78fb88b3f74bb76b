package io.witan.runtime.fssdp;

import io.witan.runtime.engine.ExchangeMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** Reusable buffers of one expert's size for copies and gradients. */
public final class ChunkPool {
    private final ExchangeMemory memory;
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final long chunkBytes;
    private long heldBytes;

    /** @param memory where the buffers come from and stay */
    public ChunkPool(ExchangeMemory memory, long chunkBytes) {
        this.memory = memory;
        this.chunkBytes = chunkBytes;
    }

    /** A buffer with undefined contents; the caller gives it back with {@link #release}. */
    public MemorySegment acquire() {
        MemorySegment reused = free.poll();
        if (reused != null) {
            return reused;
        }
        heldBytes += chunkBytes;
        return memory.allocate(chunkBytes);
    }

    public void release(MemorySegment chunk) {
        free.push(chunk);
    }

    /** Off-heap bytes held, whether in use or kept. */
    public long heldBytes() {
        return heldBytes;
    }
}
