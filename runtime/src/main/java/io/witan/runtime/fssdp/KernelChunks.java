package io.witan.runtime.fssdp;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Chunks of a layer's experts as kernels see them: where they lie, or copies that are kept from step to step. */
final class KernelChunks {
    private static final long NONE = -1;

    private final KernelMemory memory;
    private final long chunkBytes;
    private final MemorySegment[] copies;
    private final long[] versions;

    /** @param memory of the kernels, which frees the copies when it is closed */
    KernelChunks(KernelMemory memory, long chunkBytes, int experts) {
        this.memory = memory;
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
            copies[expert] = memory.allocate(chunkBytes);
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

    /** The host chunk is another from here on. */
    void forget(int expert) {
        versions[expert] = NONE;
    }
}
