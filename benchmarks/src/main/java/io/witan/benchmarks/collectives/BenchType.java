package io.witan.benchmarks.collectives;

import io.witan.collectives.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the elements of a benchmark are. */
enum BenchType {
    /** Whole numbers up to 2^24 and their sums are exact. */
    FP32(Float.BYTES, 1 << 24),
    /** Whole numbers up to 2^8 and their sums are exact. */
    BF16(Short.BYTES, 1 << 8),
    /** For operations that only move. */
    BYTES(Byte.BYTES, 254);

    private final int bytes;
    private final int exact;

    BenchType(int bytes, int exact) {
        this.bytes = bytes;
        this.exact = exact;
    }

    /** @throws IllegalArgumentException which lists the names, if there is no such type */
    static BenchType of(String label) {
        return Arrays.stream(values())
                .filter(type -> type.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--dtype " + label + ": allowed are "
                        + Arrays.stream(values()).map(BenchType::label).collect(Collectors.joining(", "))));
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of an element. */
    int bytes() {
        return bytes;
    }

    /** The largest whole number up to which all are exact. Of bytes it leaves out 0xFF, which marks what was not written. */
    int exact() {
        return exact;
    }

    /** @throws IllegalStateException for bytes, which cannot be added */
    ElementType sums() {
        return switch (this) {
            case FP32 -> ElementType.FP32;
            case BF16 -> ElementType.BF16;
            case BYTES -> throw new IllegalStateException("bytes cannot be added");
        };
    }

    /** The bits of a whole number as an element. */
    int bitsOf(int whole) {
        return switch (this) {
            case FP32 -> Float.floatToRawIntBits(whole);
            case BF16 -> Float.floatToRawIntBits(whole) >>> Short.SIZE;
            case BYTES -> whole;
        };
    }

    int get(MemorySegment buffer, long index) {
        return switch (this) {
            case FP32 -> buffer.getAtIndex(ValueLayout.JAVA_INT, index);
            case BF16 -> buffer.getAtIndex(ValueLayout.JAVA_CHAR, index);
            case BYTES -> buffer.get(ValueLayout.JAVA_BYTE, index) & 0xff;
        };
    }

    void set(MemorySegment buffer, long index, int bits) {
        switch (this) {
            case FP32 -> buffer.setAtIndex(ValueLayout.JAVA_INT, index, bits);
            case BF16 -> buffer.setAtIndex(ValueLayout.JAVA_CHAR, index, (char) bits);
            case BYTES -> buffer.set(ValueLayout.JAVA_BYTE, index, (byte) bits);
        }
    }
}
