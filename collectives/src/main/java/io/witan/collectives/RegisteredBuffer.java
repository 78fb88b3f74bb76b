package io.witan.collectives;

import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory which the peers on the same node read where it is: operations on it, or on slices of it, are copied once,
 * by the reader, or not at all. Any thread; freed by whoever allocated it, when no operation on it is in flight.
 */
public final class RegisteredBuffer implements AutoCloseable {
    private final MemorySegment segment;
    private final Runnable free;
    private boolean closed;

    RegisteredBuffer(MemorySegment segment, Runnable free) {
        this.segment = segment;
        this.free = free;
    }

    /** Zeroes at first and aligned to 64 B, unless it is memory that its caller had. */
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            free.run();
        }
    }
}
