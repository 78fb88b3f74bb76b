package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;

/** A contiguous run of bytes of a message: memory of the caller, or a term that may stay where its source has it. */
public final class Part {
    private final long bytes;
    private final Scratch scratch;
    private MemorySegment memory;

    private Part(long bytes, MemorySegment memory, Scratch scratch) {
        this.bytes = bytes;
        this.memory = memory;
        this.scratch = scratch;
    }

    /** Memory of the caller. */
    public static Part of(MemorySegment memory) {
        return new Part(memory.byteSize(), memory, null);
    }

    /** Bytes that are only read once: read where the source has them if this rank can, else copied to scratch memory. */
    static Part borrowable(long bytes, Scratch scratch) {
        return new Part(bytes, null, scratch);
    }

    long bytes() {
        return bytes;
    }

    /** True while nothing was read or copied yet. */
    boolean isBorrowable() {
        return memory == null;
    }

    void borrow(MemorySegment lent) {
        memory = lent;
    }

    /** Where the bytes are, or are to be copied to. */
    public MemorySegment memory() {
        if (memory == null) {
            memory = scratch.take(bytes);
        }
        return memory;
    }
}
