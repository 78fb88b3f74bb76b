package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The memory that a back end's kernels read and write. For the host back end it is any native memory; a device has its own, which
 * the host must not touch: its segments carry an address and a size only.
 *
 * <p>Copies run in order with the kernels of the same back end. Thread rule as for {@link Kernels}.
 */
public interface KernelMemory {
    /** True if kernels read and write host memory where it is. */
    boolean isHost();

    /**
     * Memory with undefined contents, aligned to 64 bytes, until {@link #free} or the back end is closed.
     *
     * @throws KernelException if there is too little; the message says how much is free
     */
    MemorySegment allocate(long bytes);

    /** Frees what {@link #allocate} gave, as a whole; nothing once the back end is closed. */
    void free(MemorySegment memory);

    /** Copies inside this memory. */
    void copy(MemorySegment from, MemorySegment to, long bytes);

    /** Copies host memory, which may change when this returns, to this memory; nothing if they are the same. */
    void copyIn(MemorySegment host, MemorySegment memory, long bytes);

    /** Copies this memory to host memory and returns when it is there; nothing if they are the same. */
    void copyOut(MemorySegment memory, MemorySegment host, long bytes);

    /** Where kernels see a piece of host memory: itself, or as much memory from {@link #allocate}, into which it is to be copied. */
    default MemorySegment mirror(MemorySegment host) {
        return isHost() ? host : allocate(host.byteSize());
    }

    /** Frees what {@link #mirror} gave for this host memory. */
    default void freeMirror(MemorySegment mirror, MemorySegment host) {
        if (mirror.address() != host.address()) {
            free(mirror);
        }
    }
}
