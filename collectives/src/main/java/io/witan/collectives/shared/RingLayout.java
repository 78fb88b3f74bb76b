package io.witan.collectives.shared;

import io.witan.collectives.wire.FrameLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Byte offsets in the file of a rank: a head, then one ring for each stream to each rank of the node. A ring has counters,
 * each in cache lines of its own, and {@link #SLOTS} slots, each with a frame's header, where its payload lies if that is
 * lent, and room for a payload that is copied.
 *
 * @param roomBytes longest payload that is copied in one frame
 */
record RingLayout(int localRanks, int streams, int roomBytes) {
    static final int SLOTS = 16;
    static final long MAGIC = 0x5749_5441_4e52_494eL;

    /** In the head: written last by the owner. */
    static final long MAGIC_AT = 0;

    static final long RUN_ID_AT = 8;
    static final long FILE_BYTES_AT = 16;
    static final long HEAD_BYTES = 4096;

    /** In a ring. Frames that the reader has taken; written by the reader. */
    static final long TAKEN_AT = 0;
    /** Loans that the reader has given back; written by the reader. */
    static final long RETURNED_AT = 128;
    /** 1 once the writer has recalled its loans; written by the writer. */
    static final long RECALLED_AT = 256;

    static final long SLOTS_AT = 384;

    /** In a slot: 1 more than the frame's position in the ring's history; written last. */
    static final long MARK_AT = 0;
    /** A loan's region, and where in it the payload begins. */
    static final long REGION_AT = 8;

    static final long OFFSET_AT = 16;
    /** The frame's header; a copied payload follows it, so that a short frame takes two cache lines. */
    static final long HEADER_AT = 24;

    static final long PAYLOAD_AT = HEADER_AT + FrameLayout.HEADER_BYTES;
    static final long NO_REGION = -1;

    /** A slot without its room for a payload: whole cache lines, so that slots share none. */
    private static final long SLOT_HEAD_BYTES = 128;

    private static final long MAX_NODE_BYTES = 16L << 20;
    private static final int MAX_ROOM_BYTES = 64 * 1024;
    private static final int LEAST_ROOM_BYTES = 4096;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** Rooms as long as a node's shared memory allows. */
    static RingLayout of(int localRanks, int streams) {
        long rooms = (long) localRanks * localRanks * streams * SLOTS;
        long share = Long.highestOneBit(Math.max(1, MAX_NODE_BYTES / rooms));
        return new RingLayout(localRanks, streams, Math.clamp(share, LEAST_ROOM_BYTES, MAX_ROOM_BYTES));
    }

    long ringBytes() {
        return slotAt(SLOTS);
    }

    long ringAt(int localTarget, int stream) {
        return HEAD_BYTES + ((long) localTarget * streams + stream) * ringBytes();
    }

    long fileBytes() {
        return ringAt(localRanks, 0);
    }

    /** Where the slot of the frame at that position of the ring's history begins. */
    long slotOf(long position) {
        return slotAt(position % SLOTS);
    }

    private long slotAt(long index) {
        return SLOTS_AT + index * (SLOT_HEAD_BYTES + roomBytes);
    }

    static long read(MemorySegment memory, long at) {
        return (long) LONG.getAcquire(memory, at);
    }

    static void write(MemorySegment memory, long at, long value) {
        LONG.setRelease(memory, at, value);
    }
}
