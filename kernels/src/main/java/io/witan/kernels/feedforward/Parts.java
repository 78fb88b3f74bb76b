package io.witan.kernels.feedforward;

import java.lang.foreign.MemorySegment;

/** Arrays one behind the other in a buffer, each from a multiple of 64 bytes on. */
public final class Parts {
    private static final long ALIGNMENT = 64;

    private final MemorySegment buffer;
    private long at;

    public Parts(MemorySegment buffer) {
        this.buffer = buffer;
    }

    /** What an array of so many bytes takes. */
    public static long bytes(long size) {
        return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    public MemorySegment next(long size) {
        MemorySegment part = buffer.asSlice(at, size);
        at += bytes(size);
        return part;
    }
}
