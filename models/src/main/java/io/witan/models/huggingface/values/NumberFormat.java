package io.witan.models.huggingface.values;

import io.witan.runtime.checkpoint.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Optional;

/**
 * How numbers of weights lie in files, little-endian. What was widened to fp32 and not changed comes back to the same bits; other values are
 * rounded to nearest, ties to even.
 */
public enum NumberFormat {
    F32(Dtype.F32, "float32") {
        @Override
        float read(MemorySegment data, long index) {
            return data.get(Little.FLOAT, index * Float.BYTES);
        }

        @Override
        void put(ByteBuffer to, float value) {
            to.putInt(Float.floatToRawIntBits(value));
        }
    },
    BF16(Dtype.BF16, "bfloat16") {
        private static final int QUIET = 0x40;

        @Override
        float read(MemorySegment data, long index) {
            return Float.intBitsToFloat(half(data, index) << Short.SIZE);
        }

        @Override
        void put(ByteBuffer to, float value) {
            int bits = Float.floatToRawIntBits(value);
            int upper = bits >>> Short.SIZE;
            boolean exact = bits << Short.SIZE == 0;
            if (Float.isNaN(value) && !exact) {
                to.putShort((short) (upper | QUIET));
            } else {
                to.putShort((short) ((bits + 0x7fff + (upper & 1)) >>> Short.SIZE));
            }
        }
    },
    F16(Dtype.F16, "float16") {
        @Override
        float read(MemorySegment data, long index) {
            return Float.float16ToFloat((short) half(data, index));
        }

        @Override
        void put(ByteBuffer to, float value) {
            to.putShort(Float.floatToFloat16(value));
        }
    };

    /** Constants that the compiler sees through. */
    private static final class Little {
        static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    }

    private final Dtype dtype;
    private final String torchName;

    NumberFormat(Dtype dtype, String torchName) {
        this.dtype = dtype;
        this.torchName = torchName;
    }

    /** @throws IllegalArgumentException for a type that weights do not have */
    public static NumberFormat of(Dtype dtype) {
        return find(dtype).orElseThrow(() -> new IllegalArgumentException("weights of type " + dtype));
    }

    /** The format of a type of files; empty if weights do not have it. */
    public static Optional<NumberFormat> find(Dtype dtype) {
        for (NumberFormat format : values()) {
            if (format.dtype == dtype) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** Its type in a safetensors file. */
    public Dtype dtype() {
        return dtype;
    }

    /** Its name in a config.json. */
    public String torchName() {
        return torchName;
    }

    /** The words that users give: f32, bf16, f16. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    abstract float read(MemorySegment data, long index);

    abstract void put(ByteBuffer to, float value);

    private static int half(MemorySegment data, long index) {
        return data.get(Little.SHORT, index * Short.BYTES) & 0xffff;
    }
}
