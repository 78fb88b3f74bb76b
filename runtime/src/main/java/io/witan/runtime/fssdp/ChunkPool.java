package io.witan.runtime.fssdp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** Reusable buffers of one expert's size for copies and gradients. */
public final class ChunkPool implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final long chunkBytes;
    private long heldBytes;

    public ChunkPool(long chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    /** A buffer with undefined contents; the caller gives it back with {@link #release}. */
    public MemorySegment acquire() {
        MemorySegment reused = free.poll();
        if (reused != null) {
            return reused;
        }
        heldBytes += chunkBytes;
        return arena.allocate(chunkBytes, 64);
    }

    public void release(MemorySegment chunk) {
        free.push(chunk);
    }

    /** Off-heap bytes held, whether in use or kept. */
    public long heldBytes() {
        return heldBytes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
