package io.witan.collectives.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Off-heap memory for the operation in progress on one lane; grows to the largest need and stays until closed. */
final class Scratch {
    private static final long ALIGNMENT = 64;
    private static final long LEAST_BYTES = 64 * 1024;

    private final List<Block> blocks = new ArrayList<>();
    private long neededBytes;
    private long usedBytes;
    private long at;

    /** Takes memory until the operation ends: in this block, from {@link #at} on. Contents are undefined. */
    MemorySegment block(long bytes) {
        neededBytes += aligned(bytes);
        if (blocks.isEmpty() || usedBytes + bytes > blocks.getLast().memory().byteSize()) {
            blocks.add(Block.of(Math.max(aligned(bytes), LEAST_BYTES)));
            usedBytes = 0;
        }
        at = usedBytes;
        usedBytes += aligned(bytes);
        return blocks.getLast().memory();
    }

    /** Where in its block the memory taken last begins. */
    long at() {
        return at;
    }

    /** A new operation begins; what an earlier one took becomes invalid. Several blocks become one. */
    void reset() {
        if (blocks.size() > 1) {
            close();
            blocks.add(Block.of(neededBytes));
        }
        neededBytes = 0;
        usedBytes = 0;
    }

    long reservedBytes() {
        return blocks.stream().mapToLong(block -> block.memory().byteSize()).sum();
    }

    void close() {
        blocks.forEach(block -> block.arena().close());
        blocks.clear();
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private record Block(Arena arena, MemorySegment memory) {
        @SuppressWarnings("MustBeClosedChecker") // closed by Scratch.close()
        static Block of(long bytes) {
            Arena arena = Arena.ofShared();
            return new Block(arena, arena.allocate(bytes, ALIGNMENT));
        }
    }
}
