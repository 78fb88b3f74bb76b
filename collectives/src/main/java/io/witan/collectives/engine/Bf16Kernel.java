package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Sums of bfloat16, the upper half of an fp32. */
final class Bf16Kernel implements SumKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    private static final int HALF_BITS = 16;
    private static final int JUST_BELOW_HALF = 0x7fff;
    private static final int QUIET = 0x40_0000;

    @Override
    public int elementBytes() {
        return Short.BYTES;
    }

    @Override
    public void add(MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        long vectorsEnd = from + (to - from) / SHORTS.vectorByteSize() * SHORTS.vectorByteSize();
        addVectors(sum, sumAt, term, termAt, from, vectorsEnd);
        for (long at = vectorsEnd; at < to; at += Short.BYTES) {
            float total = widened(term[0].get(SHORT, termAt[0] + at));
            for (int i = 1; i < term.length; i++) {
                total += widened(term[i].get(SHORT, termAt[i] + at));
            }
            sum.set(SHORT, sumAt + at, rounded(total));
        }
    }

    private static void addVectors(
            MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        for (long at = from; at < to; at += SHORTS.vectorByteSize()) {
            FloatVector total = FloatVector.zero(FLOATS);
            for (int i = 0; i < term.length; i++) {
                FloatVector next = ShortVector.fromMemorySegment(SHORTS, term[i], termAt[i] + at, ORDER)
                        .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
                        .reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, HALF_BITS)
                        .reinterpretAsFloats();
                total = i == 0 ? next : total.add(next);
            }
            IntVector bits = total.reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, HALF_BITS).lanewise(VectorOperators.AND, 1);
            IntVector nearest = bits.add(JUST_BELOW_HALF)
                    .add(odd)
                    .blend(
                            bits.lanewise(VectorOperators.OR, QUIET),
                            total.test(VectorOperators.IS_NAN).cast(INTS));
            nearest.lanewise(VectorOperators.LSHR, HALF_BITS)
                    .convertShape(VectorOperators.I2S, SHORTS, 0)
                    .reinterpretAsShorts()
                    .intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static float widened(short half) {
        return Float.intBitsToFloat(half << HALF_BITS);
    }

    /** To nearest, ties to even; a NaN stays one. */
    private static short rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        int nearest = Float.isNaN(value) ? bits | QUIET : bits + JUST_BELOW_HALF + (bits >>> HALF_BITS & 1);
        return (short) (nearest >>> HALF_BITS);
    }
}
