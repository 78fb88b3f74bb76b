package io.witan.kernels.cuda.device;

import java.lang.foreign.MemorySegment;

/**
 * Working memory of one operation on the device. It grows to the largest request and is freed with the device. Contents do not last
 * from one call to the next.
 */
public final class DeviceScratch {
    private final Device device;
    private MemorySegment memory = MemorySegment.NULL;

    public DeviceScratch(Device device) {
        this.device = device;
    }

    /** At least this many bytes; the segment of an earlier call is gone, for what is queued from now on. */
    public MemorySegment bytes(long bytes) {
        if (bytes > memory.byteSize()) {
            if (memory.byteSize() > 0) {
                device.release(memory);
                memory = MemorySegment.NULL;
            }
            memory = device.allocate(bytes);
        }
        return memory;
    }
}
