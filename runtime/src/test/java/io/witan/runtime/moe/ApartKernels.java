package io.witan.runtime.moe;

import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The host's kernels as those of a device: with a memory of their own, into which and out of which things have to be copied. */
final class ApartKernels implements Kernels {
    private final Kernels host;
    private final Arena arena = Arena.ofShared();

    /** @param host closed by its owner */
    ApartKernels(Kernels host) {
        this.host = host;
    }

    @Override
    public String description() {
        return "host in the place of a device";
    }

    @Override
    public long scratchBytes() {
        return 0;
    }

    @Override
    public KernelMemory memory() {
        return new KernelMemory() {
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
        };
    }

    @Override
    public Operations operations() {
        return host.operations();
    }

    @Override
    public void close() {
        arena.close();
    }
}
