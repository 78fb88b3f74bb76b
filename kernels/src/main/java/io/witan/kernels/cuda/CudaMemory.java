package io.witan.kernels.cuda;

import io.witan.kernels.KernelMemory;
import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/** Memory of one device. */
final class CudaMemory implements KernelMemory {
    private final Device device;
    private long bytes;

    CudaMemory(Device device) {
        this.device = device;
    }

    /** What {@link #allocate} gave and was not freed. */
    long bytes() {
        return bytes;
    }

    @Override
    public boolean isHost() {
        return false;
    }

    @Override
    public MemorySegment allocate(long size) {
        MemorySegment memory = device.allocate(size);
        bytes += size;
        return memory;
    }

    @Override
    public void free(MemorySegment memory) {
        device.release(memory);
        bytes -= memory.byteSize();
    }

    @Override
    public void copy(MemorySegment from, MemorySegment to, long bytes) {
        device.copyWithin(from, to, bytes);
    }

    @Override
    public void copyIn(MemorySegment host, MemorySegment memory, long bytes) {
        device.copyIn(host, memory, bytes);
    }

    @Override
    public void copyOut(MemorySegment memory, MemorySegment host, long bytes) {
        device.copyOut(memory, host, bytes);
    }
}
