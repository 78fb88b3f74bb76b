package io.witan.runtime;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of kernels that is not the host's, as far as callers know. */
public record OwnMemory(Arena arena) implements KernelMemory {
    @Override
    public boolean isHost() {
        return false;
    }

    @Override
    public MemorySegment allocate(long bytes) {
        return arena.allocate(bytes, 64);
    }

    @Override
    public void free(MemorySegment memory) {}

    @Override
    public void copy(MemorySegment from, MemorySegment to, long bytes) {
        MemorySegment.copy(from, 0, to, 0, bytes);
    }

    @Override
    public void copyIn(MemorySegment from, MemorySegment memory, long bytes) {
        copy(from, memory, bytes);
    }

    @Override
    public void copyOut(MemorySegment memory, MemorySegment to, long bytes) {
        copy(memory, to, bytes);
    }
}
