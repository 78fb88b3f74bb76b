package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/** Device memory of one operation between its kernels: allocated when first needed, never smaller than before. */
final class DeviceScratch {
    private final Device device;
    private MemorySegment memory = MemorySegment.NULL;

    DeviceScratch(Device device) {
        this.device = device;
    }

    /** Address of so many bytes with any contents, aligned to 256, until the next call. */
    long bytes(long count) {
        if (memory.byteSize() < count) {
            if (memory.byteSize() > 0) {
                device.release(memory);
                memory = MemorySegment.NULL;
            }
            memory = device.allocate(count);
        }
        return memory.address();
    }

    /** The memory that {@link #bytes} gave last. */
    MemorySegment memory() {
        return memory;
    }
}
