package io.witan.runtime.engine;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A stack of segments in blocks, which are kept for the next step, so a steady step allocates nothing. What does not fit behind the last
 * segment goes to another block. Once the stack is empty, several blocks give way to one that would have held all: with loads that
 * differ from step to step, the holes between segments would otherwise grow for ever.
 */
final class BlockStack implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final int OFFSET_BITS = 44;
    /** Room beyond the most that was ever needed: one part in so many. */
    private static final int MARGIN = 16;

    private final KernelMemory memory;
    private final List<MemorySegment> blocks = new ArrayList<>();
    /** Bytes in use in the blocks before each, without holes. */
    private final List<Long> before = new ArrayList<>();

    private final long blockBytes;
    private int block;
    private long offset;
    private long most;
    private long heldBytes;

    BlockStack(KernelMemory memory, long blockBytes) {
        this.memory = memory;
        this.blockBytes = blockBytes;
    }

    MemorySegment push(long size) {
        long padded = aligned(size);
        while (block < blocks.size() && offset + padded > blocks.get(block).byteSize()) {
            long used = before.get(block) + offset;
            block++;
            offset = 0;
            if (block < before.size()) {
                before.set(block, used);
            } else {
                before.add(used);
            }
        }
        if (block == blocks.size()) {
            add(Math.max(blockBytes, padded));
        }
        MemorySegment segment = blocks.get(block).asSlice(offset, size);
        offset += padded;
        most = Math.max(most, before.get(block) + offset);
        return segment;
    }

    private void add(long bytes) {
        if (before.isEmpty()) {
            before.add(0L);
        }
        blocks.add(memory.allocate(bytes));
        heldBytes += bytes;
        offset = 0;
    }

    long top() {
        return ((long) block << OFFSET_BITS) | offset;
    }

    void pop(long top) {
        block = (int) (top >>> OFFSET_BITS);
        offset = top & ((1L << OFFSET_BITS) - 1);
        if (top == 0 && blocks.size() > 1) {
            close();
            add(heldBytes(blockBytes, most));
        }
    }

    /** What is held, in one block, once a stack has needed that many bytes and was emptied. */
    static long heldBytes(long blockBytes, long most) {
        return most <= blockBytes ? blockBytes : aligned(most + most / MARGIN);
    }

    /** What a segment takes of a block. */
    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    long heldBytes() {
        return heldBytes;
    }

    /** Gives all blocks back; nothing may be in use. */
    @Override
    public void close() {
        blocks.forEach(memory::free);
        blocks.clear();
        before.clear();
        heldBytes = 0;
    }
}
