package io.witan.kernels.cuda;

import java.lang.foreign.MemorySegment;

/** Whether kernels may access operands 16 bytes at a time. */
final class Vectors {
    /** Bytes of a vector. */
    static final int BYTES = 16;

    private Vectors() {}

    static boolean aligned(MemorySegment a) {
        return a.address() % BYTES == 0;
    }

    static boolean aligned(MemorySegment a, MemorySegment b) {
        return (a.address() | b.address()) % BYTES == 0;
    }

    static boolean aligned(MemorySegment a, MemorySegment b, MemorySegment c) {
        return (a.address() | b.address() | c.address()) % BYTES == 0;
    }
}
