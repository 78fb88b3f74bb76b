package io.witan.runtime.fssdp;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Deque;

/** Chunks of a layer's experts as kernels see them: where they lie, or copies from a pool that all layers share. */
final class KernelChunks {
    private static final long NONE = -1;

    private final KernelMemory memory;
    private final Deque<MemorySegment> free;
    private final long chunkBytes;
    private final MemorySegment[] copies;
    private final long[] versions;

    /**
     * @param memory of the kernels, which frees the copies when it is closed
     * @param free chunks of this size that are not in use
     */
    KernelChunks(KernelMemory memory, Deque<MemorySegment> free, long chunkBytes, int experts) {
        this.memory = memory;
        this.free = free;
        this.chunkBytes = chunkBytes;
        copies = new MemorySegment[experts];
        versions = new long[experts];
        Arrays.fill(versions, NONE);
    }

    /** Room for the contents of a host chunk: that itself, or a copy with undefined contents. */
    MemorySegment at(int expert, MemorySegment host) {
        if (memory.isHost()) {
            return host;
        }
        if (copies[expert] == null) {
            MemorySegment reused = free.poll();
            copies[expert] = reused == null ? memory.allocate(chunkBytes) : reused;
        }
        return copies[expert];
    }

    /** True if what {@link #bring} gave last is of this version. */
    boolean isCurrent(int expert, long version) {
        return versions[expert] == version;
    }

    /** The contents of a host chunk, which are of this version. */
    MemorySegment bring(int expert, MemorySegment host, long version) {
        MemorySegment chunk = at(expert, host);
        memory.copyIn(host, chunk, chunkBytes);
        versions[expert] = version;
        return chunk;
    }

    /** Brings what kernels wrote to the host chunk. */
    void fetch(int expert, MemorySegment host) {
        memory.copyOut(at(expert, host), host, chunkBytes);
    }

    /** The host chunk is another from here on; a copy goes back to the pool. */
    void release(int expert) {
        versions[expert] = NONE;
        if (copies[expert] != null) {
            free.push(copies[expert]);
            copies[expert] = null;
        }
    }
}
