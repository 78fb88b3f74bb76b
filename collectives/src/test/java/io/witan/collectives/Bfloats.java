package io.witan.collectives;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.ByteOrder;

/** bfloat16 test data, rounded by comparing exact distances rather than by bit tricks. */
final class Bfloats {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bfloats() {}

    static MemorySegment of(float... values) {
        MemorySegment segment = Floats.bytes(2L * values.length);
        for (int i = 0; i < values.length; i++) {
            segment.set(SHORT, 2L * i, nearest(values[i]));
        }
        return segment;
    }

    static float[] read(MemorySegment segment) {
        float[] values = new float[(int) (segment.byteSize() / 2)];
        for (int i = 0; i < values.length; i++) {
            values[i] = widened(segment.get(SHORT, 2L * i));
        }
        return values;
    }

    /** Of the two neighbours the closer one, or the even one. Finite values far from overflow only. */
    static short nearest(float value) {
        short towardZero = (short) (Float.floatToRawIntBits(value) >>> 16);
        short away = (short) (towardZero + 1);
        BigDecimal exact = new BigDecimal(value);
        int closer = exact.subtract(new BigDecimal(widened(towardZero)))
                .abs()
                .compareTo(exact.subtract(new BigDecimal(widened(away))).abs());
        boolean keep = closer < 0 || closer == 0 && towardZero % 2 == 0;
        return keep ? towardZero : away;
    }

    static float widened(short half) {
        return Float.intBitsToFloat(half << 16);
    }
}
