package io.witan.launcher.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Event messages in the bytes of an event file. A message is protocol buffers: {@code Event} has the fields 1 wall_time (double), 2 step
 * (int64), 3 file_version (string), 5 summary and 7 session_log; {@code Summary} has values of 1 tag (string) and 2 simple_value (float);
 * {@code SessionLog} has 1 status. A record of the file is the message's length (8 B), a checksum of that (4 B), the message and a checksum
 * of it (4 B), all little-endian; a checksum is a CRC32C, turned right by 15 bits, plus 0xa282ead8.
 */
final class EventBytes {
    /** The first message of each file. */
    static final String FILE_VERSION = "brain.Event:2";

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;
    private static final int SESSION_STARTED = 1;
    private static final int CHECKSUM_DELTA = 0xa282ead8;
    private static final int CHECKSUM_TURN = 15;
    private static final int FRAME_BYTES = Long.BYTES + 2 * Integer.BYTES;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private EventBytes() {}

    /** What a file begins with. */
    static byte[] version(double wallSeconds) {
        return begin(wallSeconds, 0).text(3, FILE_VERSION).record();
    }

    /** That a start of the run goes on before that step: TensorBoard drops what it has from that step on. */
    static byte[] sessionStart(double wallSeconds, long step) {
        return begin(wallSeconds, step)
                .bytes(7, new EventBytes().varint(1, SESSION_STARTED).out.toByteArray())
                .record();
    }

    static byte[] scalars(double wallSeconds, long step, List<Scalar> scalars) {
        EventBytes summary = new EventBytes();
        for (Scalar scalar : scalars) {
            byte[] value = new EventBytes()
                    .text(1, scalar.tag())
                    .fixed32(2, scalar.value())
                    .out
                    .toByteArray();
            summary.bytes(1, value);
        }
        return begin(wallSeconds, step).bytes(5, summary.out.toByteArray()).record();
    }

    private static EventBytes begin(double wallSeconds, long step) {
        return new EventBytes().fixed64(1, wallSeconds).varint(2, step);
    }

    private byte[] record() {
        byte[] message = out.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(FRAME_BYTES + message.length).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(message.length);
        record.putInt(checksum(record.array(), 0, Long.BYTES));
        record.put(message);
        record.putInt(checksum(message, 0, message.length));
        return record.array();
    }

    private static int checksum(byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        return Integer.rotateRight((int) crc.getValue(), CHECKSUM_TURN) + CHECKSUM_DELTA;
    }

    private EventBytes varint(int field, long value) {
        key(field, VARINT);
        number(value);
        return this;
    }

    private EventBytes fixed64(int field, double value) {
        key(field, FIXED64);
        out.writeBytes(ByteBuffer.allocate(Double.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(value)
                .array());
        return this;
    }

    private EventBytes fixed32(int field, float value) {
        key(field, FIXED32);
        out.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    private EventBytes text(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    private EventBytes bytes(int field, byte[] bytes) {
        key(field, BYTES);
        number(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    private void key(int field, int type) {
        number((long) field << 3 | type);
    }

    /** Seven bits a byte, lowest first. */
    private void number(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
