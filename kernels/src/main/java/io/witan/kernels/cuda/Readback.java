package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Small results of one operation on their way to the host. */
final class Readback {
    private static final long ALIGNMENT = 8;

    private final Device device;
    private MemorySegment host = MemorySegment.NULL;

    Readback(Device device) {
        this.device = device;
    }

    /** Waits for what is queued, then gives the first bytes of device memory; they hold until the next call. */
    MemorySegment of(MemorySegment from, long bytes) {
        if (bytes > host.byteSize()) {
            host = Arena.ofAuto().allocate(bytes, ALIGNMENT);
        }
        device.copyOut(from, host, bytes);
        return host;
    }
}
