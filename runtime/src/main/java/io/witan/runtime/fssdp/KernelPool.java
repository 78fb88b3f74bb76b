package io.witan.runtime.fssdp;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** Reusable chunks of one size in a memory of the kernels' own, which frees them when it is closed. All layers share them. */
final class KernelPool {
    private final KernelMemory memory;
    private final long chunkBytes;
    private final Deque<MemorySegment> free = new ArrayDeque<>();

    KernelPool(KernelMemory memory, long chunkBytes) {
        this.memory = memory;
        this.chunkBytes = chunkBytes;
    }

    /** With undefined contents. */
    MemorySegment acquire() {
        MemorySegment reused = free.poll();
        return reused == null ? memory.allocate(chunkBytes) : reused;
    }

    /** Kernels that were queued before may still use it: whoever acquires it next is queued behind them. */
    void release(MemorySegment chunk) {
        free.push(chunk);
    }
}
