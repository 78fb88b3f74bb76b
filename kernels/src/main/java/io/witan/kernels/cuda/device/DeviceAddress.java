package io.witan.kernels.cuda.device;

import java.lang.foreign.MemorySegment;
import jcuda.driver.CUdeviceptr;

/** An address of device memory as JCuda wants it. */
final class DeviceAddress extends CUdeviceptr {
    /** To be filled by an allocation. */
    DeviceAddress() {}

    long value() {
        return getNativePointer() + getByteOffset();
    }

    static CUdeviceptr of(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }

    static CUdeviceptr of(MemorySegment memory) {
        return of(memory.address());
    }

    /** A segment that holds the address and the size; never to be touched by the host. */
    @SuppressWarnings("restricted")
    static MemorySegment segment(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }
}
