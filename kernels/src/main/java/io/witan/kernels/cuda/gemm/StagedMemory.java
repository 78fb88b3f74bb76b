package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/**
 * Host memory that is written and then copied to the device at once. Both sides grow at least twofold, and are freed with the
 * device.
 */
final class StagedMemory {
    private static final long LEAST_BYTES = 4096;

    private final Device device;
    private MemorySegment host = MemorySegment.NULL;
    private MemorySegment memory;

    StagedMemory(Device device) {
        this.device = device;
        memory = device.allocate(0);
    }

    /** The host side with room for so many bytes and the contents as before; aligned to 256 bytes. */
    MemorySegment host(long bytes) {
        if (bytes > host.byteSize()) {
            long size = Math.max(LEAST_BYTES, Math.max(bytes, 2 * host.byteSize()));
            MemorySegment larger = device.hostMemory(size);
            larger.copyFrom(host);
            host = larger;
        }
        return host;
    }

    /** Copies the first bytes to the device, after what was queued before; the host side may change then. */
    void upload(long bytes) {
        if (bytes > memory.byteSize()) {
            device.release(memory);
            memory = device.allocate(host.byteSize());
        }
        device.copyIn(host, memory, bytes);
    }

    /** Where it is on the device until the next {@link #upload}; aligned to 256 bytes. */
    long address() {
        return memory.address();
    }
}
