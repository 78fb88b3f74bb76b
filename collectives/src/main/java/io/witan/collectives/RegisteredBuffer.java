package io.witan.collectives;

import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory which the peers on the same node read where it is: operations on it, or on slices of it, are copied once,
 * by the reader, or not at all. Any thread; freed by whoever allocated it, when no operation on it is in flight.
 */
public final class RegisteredBuffer implements AutoCloseable {
    private final MemorySegment segment;
    private final Runnable free;

    RegisteredBuffer(MemorySegment segment, Runnable free) {
        this.segment = segment;
        this.free = free;
    }

    /** Zeroes at first; aligned to 64 B. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        if (segment.scope().isAlive()) {
            free.run();
        }
    }
}
