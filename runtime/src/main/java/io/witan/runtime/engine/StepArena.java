package io.witan.runtime.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Scratch memory of a step: a stack. Segments are valid until the mark below them is released; contents are undefined at
 * allocation. Blocks are kept for the next step, so a steady step allocates nothing off-heap.
 */
public final class StepArena implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final int OFFSET_BITS = 44;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> blocks = new ArrayList<>();
    private final long blockBytes;
    private int block;
    private long offset;
    private long heldBytes;

    /** @param blockBytes least size of a block; a larger request gets a block of its own */
    public StepArena(long blockBytes) {
        this.blockBytes = blockBytes;
    }

    /** Uninitialised room for fp32 values; 64-byte aligned. */
    public MemorySegment floats(long count) {
        return bytes(Math.multiplyExact(count, (long) Float.BYTES));
    }

    /** Uninitialised room for int32 values; 64-byte aligned. */
    public MemorySegment ints(long count) {
        return bytes(Math.multiplyExact(count, (long) Integer.BYTES));
    }

    /** Uninitialised room; 64-byte aligned. */
    public MemorySegment bytes(long size) {
        long padded = (size + ALIGNMENT - 1) & -ALIGNMENT;
        while (block < blocks.size() && offset + padded > blocks.get(block).byteSize()) {
            block++;
            offset = 0;
        }
        if (block == blocks.size()) {
            long grown = Math.max(blockBytes, padded);
            blocks.add(arena.allocate(grown, ALIGNMENT));
            heldBytes += grown;
            offset = 0;
        }
        MemorySegment segment = blocks.get(block).asSlice(offset, size);
        offset += padded;
        return segment;
    }

    /** The top of the stack, for {@link #release}. */
    public long mark() {
        return ((long) block << OFFSET_BITS) | offset;
    }

    /** Gives back everything allocated since the mark was taken. */
    public void release(long mark) {
        block = (int) (mark >>> OFFSET_BITS);
        offset = mark & ((1L << OFFSET_BITS) - 1);
    }

    /** Off-heap bytes held, whether in use or kept. */
    public long heldBytes() {
        return heldBytes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
