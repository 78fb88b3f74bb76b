package io.witan.kernels.operand;

import io.witan.kernels.simd.Lanes;
import java.lang.foreign.MemorySegment;

/** Checks of what callers pass, before any address is used. Counts are elements of 4 bytes. */
public final class Operand {
    private Operand() {}

    public static void in(String name, MemorySegment segment, long count) {
        if (segment == null) {
            throw new IllegalArgumentException(name + " is null");
        }
        if (count < 0) {
            throw new IllegalArgumentException(name + " would have " + count + " elements");
        }
        if (!segment.isNative()) {
            throw new IllegalArgumentException(name + " lies on the heap; kernels need off-heap memory");
        }
        if (segment.byteSize() / Float.BYTES < count) {
            throw new IllegalArgumentException(name + " has " + segment.byteSize() + " bytes, the shape needs " + count
                    + " elements of " + Float.BYTES + " bytes");
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException(name + " was freed");
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new IllegalStateException(name + " belongs to another thread than "
                    + Thread.currentThread().getName());
        }
    }

    public static void out(String name, MemorySegment segment, long count) {
        in(name, segment, count);
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only and would be written");
        }
    }

    public static void size(String name, int size) {
        if (size < 0) {
            throw new IllegalArgumentException(name + " is " + size);
        }
    }

    public static void positive(String name, int size) {
        if (size < 1) {
            throw new IllegalArgumentException(name + " is " + size);
        }
    }

    /** Every int32 must be in low..bound-1. */
    public static void indices(String name, MemorySegment segment, long count, int low, long bound) {
        in(name, segment, count);
        long address = segment.address();
        for (long i = 0; i < count; i++) {
            int index = Lanes.getInt(address + 4 * i);
            if (index < low || index >= bound) {
                throw new IllegalArgumentException(
                        name + "[" + i + "] = " + index + ", allowed " + low + ".." + (bound - 1));
            }
        }
    }

    /** Rows of {@code cols} elements that fit into the segment. */
    public static long rowsOf(MemorySegment segment, int cols) {
        return cols == 0 ? Integer.MAX_VALUE : segment.byteSize() / (4L * cols);
    }
}
