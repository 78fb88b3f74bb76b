package io.witan.kernels.cuda;

import io.witan.kernels.KernelMemory;
import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/** Memory of one device. */
final class CudaMemory implements KernelMemory {
    private final Device device;

    CudaMemory(Device device) {
        this.device = device;
    }

    @Override
    public boolean isHost() {
        return false;
    }

    @Override
    public MemorySegment allocate(long bytes) {
        return device.allocate(bytes);
    }

    @Override
    public void free(MemorySegment memory) {
        device.release(memory);
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
