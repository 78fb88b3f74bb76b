package io.witan.kernels.host;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Native memory of the process. What is not freed by {@link #free} is freed by {@link #close}. */
public final class HostMemory implements KernelMemory, AutoCloseable {
    private static final long ALIGNMENT = 64;

    private final Map<Long, Arena> arenas = new HashMap<>();
    private boolean open = true;

    @Override
    public boolean isHost() {
        return true;
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // closed by free() or close()
    public MemorySegment allocate(long bytes) {
        Arena arena = Arena.ofShared();
        // A byte at least, so that each segment has an address of its own.
        MemorySegment memory = arena.allocate(Math.max(1, bytes), ALIGNMENT);
        arenas.put(memory.address(), arena);
        return memory.asSlice(0, bytes);
    }

    @Override
    public void free(MemorySegment memory) {
        Arena arena = arenas.remove(memory.address());
        if (arena == null && open) {
            throw new IllegalArgumentException("memory of " + memory.byteSize() + " B was not allocated here");
        }
        if (arena != null) {
            arena.close();
        }
    }

    @Override
    public void copy(MemorySegment from, MemorySegment to, long bytes) {
        MemorySegment.copy(from, 0, to, 0, bytes);
    }

    @Override
    public void copyIn(MemorySegment host, MemorySegment memory, long bytes) {
        if (host.address() != memory.address()) {
            copy(host, memory, bytes);
        }
    }

    @Override
    public void copyOut(MemorySegment memory, MemorySegment host, long bytes) {
        copyIn(memory, host, bytes);
    }

    @Override
    public void close() {
        open = false;
        arenas.values().forEach(Arena::close);
        arenas.clear();
    }
}
