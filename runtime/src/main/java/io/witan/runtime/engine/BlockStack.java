package io.witan.runtime.engine;

import io.witan.kernels.KernelMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A stack of segments in blocks, which are kept for the next step, so a steady step allocates nothing. */
final class BlockStack implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final int OFFSET_BITS = 44;

    private final KernelMemory memory;
    private final List<MemorySegment> blocks = new ArrayList<>();
    private final long blockBytes;
    private int block;
    private long offset;
    private long heldBytes;

    BlockStack(KernelMemory memory, long blockBytes) {
        this.memory = memory;
        this.blockBytes = blockBytes;
    }

    MemorySegment push(long size) {
        long padded = (size + ALIGNMENT - 1) & -ALIGNMENT;
        while (block < blocks.size() && offset + padded > blocks.get(block).byteSize()) {
            block++;
            offset = 0;
        }
        if (block == blocks.size()) {
            long grown = Math.max(blockBytes, padded);
            blocks.add(memory.allocate(grown));
            heldBytes += grown;
            offset = 0;
        }
        MemorySegment segment = blocks.get(block).asSlice(offset, size);
        offset += padded;
        return segment;
    }

    long top() {
        return ((long) block << OFFSET_BITS) | offset;
    }

    void pop(long top) {
        block = (int) (top >>> OFFSET_BITS);
        offset = top & ((1L << OFFSET_BITS) - 1);
    }

    long heldBytes() {
        return heldBytes;
    }

    @Override
    public void close() {
        blocks.forEach(memory::free);
        blocks.clear();
    }
}
