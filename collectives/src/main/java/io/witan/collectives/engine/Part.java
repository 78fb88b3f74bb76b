package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;

/**
 * A contiguous run of bytes in an operation, with how many of its first bytes are ready: there from the start, arrived from
 * a peer, or summed. What is ready may be summed or sent on while the rest is still to come. Reused by its exchange.
 */
public final class Part {
    private enum Kind {
        /** Memory of the caller or of the scratch. */
        MEMORY,
        /** Read only by sums of this operation: stays where its source lends it, else comes to scratch memory. */
        TERM,
        /** Stays where its source lends it, beyond the operation. */
        VIEW
    }

    private Kind kind;
    private MemorySegment memory;
    private long at;
    private long bytes;
    private long readyBytes;
    private int level;

    Part() {}

    Part memory(MemorySegment segment, long from, long length, long ready) {
        kind = Kind.MEMORY;
        memory = segment;
        at = from;
        bytes = length;
        readyBytes = ready;
        return this;
    }

    Part atLevel(int number) {
        level = number;
        return this;
    }

    /** Of the parts that it is made of, the highest level is below this one. */
    int level() {
        return level;
    }

    Part term(long length) {
        memory(null, 0, length, 0);
        kind = Kind.TERM;
        return this;
    }

    Part view(long length) {
        memory(null, 0, length, 0);
        kind = Kind.VIEW;
        return this;
    }

    public long bytes() {
        return bytes;
    }

    /** The first so many bytes have their final value. */
    long readyBytes() {
        return readyBytes;
    }

    boolean isReady() {
        return readyBytes == bytes;
    }

    void advance(long more) {
        readyBytes += more;
    }

    /** Holds the bytes from {@link #at} on; null while it is not decided where they go. */
    MemorySegment memory() {
        return memory;
    }

    long at() {
        return at;
    }

    /** Where the bytes are, as a view to be read only; valid once ready. */
    public MemorySegment view() {
        return bytes == 0 ? MemorySegment.NULL : memory.asSlice(at, bytes).asReadOnly();
    }

    boolean isView() {
        return kind == Kind.VIEW;
    }

    /** Whether bytes that its source lends may stay there. */
    boolean isBorrowable() {
        return kind != Kind.MEMORY && readyBytes == 0;
    }

    void borrow(MemorySegment segment, long from) {
        memory = segment;
        at = from;
        readyBytes = bytes;
    }

    /** Makes room where nothing was lent. */
    void settle(Scratch scratch) {
        if (memory == null) {
            memory = scratch.block(bytes);
            at = scratch.at();
        }
    }

    void clear() {
        memory = null;
    }
}
