package io.witan.collectives.wire;

import static io.witan.collectives.wire.FrameLayout.*;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** A view of one frame at a place in memory, to be moved from frame to frame. Not thread safe. */
public final class Frame {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MemorySegment segment;
    private long at;

    public Frame wrap(MemorySegment segment, long at) {
        this.segment = segment;
        this.at = at;
        return this;
    }

    /** True if {@code length} bytes at the place hold a whole frame: magic, a known type and a length that adds up. */
    public boolean isWhole(int length) {
        return length >= HEADER_BYTES
                && segment.get(INT, at + MAGIC_AT) == MAGIC
                && type() != null
                && payloadBytes() == length - HEADER_BYTES;
    }

    public int version() {
        return segment.get(ValueLayout.JAVA_BYTE, at + VERSION_AT);
    }

    public FrameType type() {
        return FrameType.of(segment.get(ValueLayout.JAVA_BYTE, at + TYPE_AT));
    }

    public int lane() {
        return segment.get(ValueLayout.JAVA_BYTE, at + LANE_AT);
    }

    public long runId() {
        return segment.get(LONG, at + RUN_ID_AT);
    }

    public int source() {
        return segment.get(INT, at + SOURCE_AT);
    }

    public int target() {
        return segment.get(INT, at + TARGET_AT);
    }

    public int operation() {
        return segment.get(ValueLayout.JAVA_BYTE, at + OPERATION_AT);
    }

    public long sequence() {
        return segment.get(LONG, at + SEQUENCE_AT);
    }

    public long signature() {
        return segment.get(LONG, at + SIGNATURE_AT);
    }

    public long extent() {
        return segment.get(LONG, at + EXTENT_AT);
    }

    public long total() {
        return segment.get(LONG, at + TOTAL_AT);
    }

    public long offset() {
        return segment.get(LONG, at + OFFSET_AT);
    }

    public long step() {
        return segment.get(LONG, at + STEP_AT);
    }

    public int layer() {
        return segment.get(INT, at + LAYER_AT);
    }

    public int payloadBytes() {
        return segment.get(INT, at + PAYLOAD_BYTES_AT);
    }

    public long payloadAt() {
        return at + HEADER_BYTES;
    }

    /** Writes magic, version, sender; zeroes the rest. */
    public Frame begin(long runId, int source) {
        segment.set(LONG, at + MAGIC_AT, MAGIC & 0xffff_ffffL | (long) VERSION << Integer.SIZE);
        segment.set(LONG, at + RUN_ID_AT, runId);
        for (int field = SOURCE_AT; field < HEADER_BYTES; field += Long.BYTES) {
            segment.set(LONG, at + field, 0);
        }
        segment.set(INT, at + SOURCE_AT, source);
        return this;
    }

    public Frame type(FrameType type) {
        segment.set(ValueLayout.JAVA_BYTE, at + TYPE_AT, (byte) type.ordinal());
        return this;
    }

    public Frame lane(int lane) {
        segment.set(ValueLayout.JAVA_BYTE, at + LANE_AT, (byte) lane);
        return this;
    }

    public Frame target(int target) {
        segment.set(INT, at + TARGET_AT, target);
        return this;
    }

    /** What the operation is, on which the receiver checks that both ranks mean the same call. */
    public Frame call(int operation, long sequence, long signature, long extent) {
        segment.set(ValueLayout.JAVA_BYTE, at + OPERATION_AT, (byte) operation);
        segment.set(LONG, at + SEQUENCE_AT, sequence);
        segment.set(LONG, at + SIGNATURE_AT, signature);
        segment.set(LONG, at + EXTENT_AT, extent);
        return this;
    }

    public Frame marked(long step, int layer) {
        segment.set(LONG, at + STEP_AT, step);
        segment.set(INT, at + LAYER_AT, layer);
        return this;
    }

    /** Which bytes of the message: its whole length and where this payload begins. */
    public Frame part(long total, long offset) {
        segment.set(LONG, at + TOTAL_AT, total);
        segment.set(LONG, at + OFFSET_AT, offset);
        return this;
    }

    public Frame payloadBytes(int bytes) {
        segment.set(INT, at + PAYLOAD_BYTES_AT, bytes);
        return this;
    }
}
