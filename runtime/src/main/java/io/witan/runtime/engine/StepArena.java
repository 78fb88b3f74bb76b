package io.witan.runtime.engine;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.MemorySegment;

/**
 * Scratch memory of a step: a stack in the memory of the kernels, and one in host memory for what the host reads or writes, which is
 * the same stack if kernels work on host memory. Segments are valid until the mark below them is released; contents are undefined at
 * allocation.
 */
public final class StepArena implements AutoCloseable {
    /** Least size of a block of a rank's arena. */
    public static final long BLOCK_BYTES = 32L << 20;

    private final KernelMemory memory;
    private final BlockStack kernels;
    private final BlockStack host;

    /** The tops of both stacks. */
    public record Mark(long kernels, long host) {}

    /**
     * @param memory of the kernels; outlives this arena
     * @param hostMemory of the host; likewise, and the same where kernels work on host memory
     * @param blockBytes least size of a block; a larger request gets a block of its own
     */
    public StepArena(KernelMemory memory, KernelMemory hostMemory, long blockBytes) {
        this.memory = memory;
        kernels = new BlockStack(memory, blockBytes);
        host = memory.isHost() ? kernels : new BlockStack(hostMemory, blockBytes);
    }

    /** Uninitialised room for fp32 values that kernels work on; 64-byte aligned. */
    public MemorySegment floats(long count) {
        return kernels.push(Math.multiplyExact(count, (long) Float.BYTES));
    }

    /** Uninitialised room for int32 values that kernels work on; 64-byte aligned. */
    public MemorySegment ints(long count) {
        return kernels.push(Math.multiplyExact(count, (long) Integer.BYTES));
    }

    /** Uninitialised room that kernels work on; 64-byte aligned. */
    public MemorySegment bytes(long size) {
        return kernels.push(size);
    }

    /** Uninitialised room in host memory; 64-byte aligned. */
    public MemorySegment hostBytes(long size) {
        return host.push(size);
    }

    /** Uninitialised room for int32 values in host memory; 64-byte aligned. */
    public MemorySegment hostInts(long count) {
        return host.push(Math.multiplyExact(count, (long) Integer.BYTES));
    }

    /** Where kernels find the contents of host memory: there, or in a copy. */
    public MemorySegment toKernels(MemorySegment fromHost) {
        if (memory.isHost()) {
            return fromHost;
        }
        MemorySegment copy = kernels.push(fromHost.byteSize());
        memory.copyIn(fromHost, copy, fromHost.byteSize());
        return copy;
    }

    /** Where the host finds the contents of the kernels' memory, once all kernels have run: there, or in a copy. */
    public MemorySegment toHost(MemorySegment fromKernels) {
        if (memory.isHost()) {
            return fromKernels;
        }
        MemorySegment copy = host.push(fromKernels.byteSize());
        memory.copyOut(fromKernels, copy, fromKernels.byteSize());
        return copy;
    }

    /** Memory of the kernels for host memory of this size: that itself if they work on host memory, else room of its own. */
    public MemorySegment mirror(MemorySegment hostMemory) {
        return memory.isHost() ? hostMemory : kernels.push(hostMemory.byteSize());
    }

    /** Copies inside the memory of the kernels. */
    public void copy(MemorySegment from, MemorySegment to, long bytes) {
        memory.copy(from, to, bytes);
    }

    /** The tops of the stacks, for {@link #release}. */
    public Mark mark() {
        return new Mark(kernels.top(), host.top());
    }

    /** Gives back everything allocated since the mark was taken. */
    public void release(Mark mark) {
        host.pop(mark.host);
        kernels.pop(mark.kernels);
    }

    /** Bytes held in the memory of the kernels, whether in use or kept. */
    public long heldBytes() {
        return kernels.heldBytes();
    }

    /** Bytes held in host memory: the same as {@link #heldBytes} if kernels work on it. */
    public long hostHeldBytes() {
        return host.heldBytes();
    }

    @Override
    public void close() {
        kernels.close();
        host.close();
    }
}
