package io.witan.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.models.huggingface.values.EncodedValues;
import io.witan.models.huggingface.values.NumberFormat;
import io.witan.models.huggingface.values.Values;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NumberFormatTest {
    private static byte[] encoded(Values values, NumberFormat format) {
        EncodedValues content = new EncodedValues(values, format);
        byte[] bytes = new byte[(int) content.byteSize()];
        content.copy(0, bytes, bytes.length);
        return bytes;
    }

    /** Every pattern of two bytes, but for those of f16 that are signalling NaN, which processors quiet. */
    @ParameterizedTest
    @EnumSource(
            value = NumberFormat.class,
            names = {"BF16", "F16"})
    void shouldGiveBackTheBitsThatItWidened(NumberFormat format) {
        ByteBuffer all = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
            boolean signalling = format == NumberFormat.F16 && (bits & 0x7e00) == 0x7c00 && (bits & 0x1ff) != 0;
            all.putShort((short) (signalling ? 0 : bits));
        }
        byte[] once = encoded(Values.stored(MemorySegment.ofArray(all.array()), format.dtype()), NumberFormat.F32);
        byte[] again = encoded(Values.stored(MemorySegment.ofArray(once), NumberFormat.F32.dtype()), format);
        assertThat(again).isEqualTo(all.array());
    }

    @ParameterizedTest
    @CsvSource({
        "1.0, 3f80",
        "1.00390625, 3f80",
        "1.01171875, 3f82",
        "1.00390637, 3f81",
        "3.4028235e38, 7f80",
        "-0.0, 8000",
        "NaN, 7fc0"
    })
    void shouldRoundToNearestEven(float value, String bits) {
        byte[] data = ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array();
        byte[] rounded =
                encoded(Values.stored(MemorySegment.ofArray(data), NumberFormat.F32.dtype()), NumberFormat.BF16);
        assertThat(ByteBuffer.wrap(rounded).order(ByteOrder.LITTLE_ENDIAN).getShort())
                .isEqualTo((short) Integer.parseInt(bits, 16));
    }

    @Test
    void shouldCutJoinAndTurnMatrices() {
        byte[] data = new byte[24];
        for (int i = 0; i < 6; i++) {
            ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putFloat(4 * i, i);
        }
        Values values = Values.stored(MemorySegment.ofArray(data), NumberFormat.F32.dtype());
        assertThat(floats(values.transposed(2))).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(floats(values.transposed(2).transposed(3))).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(floats(Values.joined(java.util.List.of(values.part(4, 2), values.part(0, 1), values))))
                .containsExactly(4, 5, 0, 0, 1, 2, 3, 4, 5);
    }

    private static float[] floats(Values values) {
        float[] floats = new float[(int) values.count()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i);
        }
        return floats;
    }
}
