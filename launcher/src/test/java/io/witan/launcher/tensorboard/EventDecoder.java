package io.witan.launcher.tensorboard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads event files by their definition alone: TFRecord framing with a bitwise CRC32C, and protocol buffers field by field. */
public final class EventDecoder {
    private static final int POLYNOMIAL = 0x82f63b78;

    private EventDecoder() {}

    /** @param version null, or the file's */
    public record Event(
            double wallTime, long step, String version, Map<String, Float> scalars, boolean sessionStarted) {}

    public static List<Event> events(byte[] file) {
        List<Event> events = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            require(in.getInt() == masked(length), "checksum of a length");
            byte[] message = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(message);
            require(in.getInt() == masked(message), "checksum of a message");
            events.add(event(message));
        }
        return events;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("wrong " + what);
        }
    }

    static int crc32c(byte[] bytes) {
        int crc = ~0;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) == 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL;
            }
        }
        return ~crc;
    }

    private static int masked(byte[] bytes) {
        int crc = crc32c(bytes);
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }

    /** Fields by number: Long of a varint, ByteBuffer of anything else. */
    private static List<Map.Entry<Integer, Object>> fields(ByteBuffer in) {
        List<Map.Entry<Integer, Object>> fields = new ArrayList<>();
        while (in.hasRemaining()) {
            int key = (int) varint(in);
            Object value =
                    switch (key & 7) {
                        case 0 -> varint(in);
                        case 1 -> slice(in, 8);
                        case 2 -> slice(in, (int) varint(in));
                        case 5 -> slice(in, 4);
                        default -> throw new AssertionError("wire type " + (key & 7));
                    };
            fields.add(Map.entry(key >>> 3, value));
        }
        return fields;
    }

    private static ByteBuffer slice(ByteBuffer in, int length) {
        ByteBuffer slice = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + length);
        return slice;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    private static Event event(byte[] message) {
        double wallTime = 0;
        long step = 0;
        String version = null;
        Map<String, Float> scalars = new LinkedHashMap<>();
        boolean started = false;
        for (Map.Entry<Integer, Object> field : fields(ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN))) {
            switch (field.getKey()) {
                case 1 -> wallTime = ((ByteBuffer) field.getValue()).getDouble();
                case 2 -> step = (long) field.getValue();
                case 3 -> version = text(field.getValue());
                case 5 -> fields((ByteBuffer) field.getValue()).forEach(value -> scalar(value, scalars));
                case 7 -> started = fields((ByteBuffer) field.getValue()).equals(List.of(Map.entry(1, (Object) 1L)));
                default -> throw new AssertionError("field " + field.getKey());
            }
        }
        return new Event(wallTime, step, version, scalars, started);
    }

    private static void scalar(Map.Entry<Integer, Object> value, Map<String, Float> scalars) {
        List<Map.Entry<Integer, Object>> fields = fields((ByteBuffer) value.getValue());
        require(value.getKey() == 1 && fields.size() == 2, "summary");
        require(fields.get(0).getKey() == 1 && fields.get(1).getKey() == 2, "value");
        scalars.put(text(fields.get(0).getValue()), ((ByteBuffer) fields.get(1).getValue()).getFloat());
    }

    private static String text(Object bytes) {
        return StandardCharsets.UTF_8.decode((ByteBuffer) bytes).toString();
    }
}
