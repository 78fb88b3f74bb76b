package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of bfloat16, the upper half of an fp32. Elements are taken in pairs, as an int: the even one is its lower half, the odd
 * one its upper half, so both become floats without a change of lanes.
 */
final class Bf16Kernel implements SumKernel {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    private static final int HALF_BITS = 16;
    private static final int UPPER_HALF = 0xffff_0000;
    private static final int JUST_BELOW_HALF = 0x7fff;
    private static final int QUIET = 0x40_0000;
    private static final int MAGNITUDE = 0x7fff_ffff;
    private static final int INFINITY = 0x7f80_0000;

    @Override
    public int elementBytes() {
        return Short.BYTES;
    }

    @Override
    public void add(MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        long vectorsEnd = from + (to - from) / INTS.vectorByteSize() * INTS.vectorByteSize();
        if (term.length == 2) {
            addTwo(sum, sumAt, term, termAt, from, vectorsEnd);
        } else {
            addMany(sum, sumAt, term, termAt, from, vectorsEnd);
        }
        for (long at = vectorsEnd; at < to; at += Short.BYTES) {
            float total = widened(term[0].get(SHORT, termAt[0] + at));
            for (int i = 1; i < term.length; i++) {
                total += widened(term[i].get(SHORT, termAt[i] + at));
            }
            sum.set(SHORT, sumAt + at, rounded(total));
        }
    }

    private static void addTwo(MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        MemorySegment a = term[0];
        MemorySegment b = term[1];
        long aAt = termAt[0];
        long bAt = termAt[1];
        for (long at = from; at < to; at += INTS.vectorByteSize()) {
            IntVector left = load(a, aAt + at);
            IntVector right = load(b, bAt + at);
            joined(even(left).add(even(right)), odd(left).add(odd(right))).intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static void addMany(
            MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        for (long at = from; at < to; at += INTS.vectorByteSize()) {
            IntVector pairs = load(term[0], termAt[0] + at);
            FloatVector evens = even(pairs);
            FloatVector odds = odd(pairs);
            for (int i = 1; i < term.length; i++) {
                pairs = load(term[i], termAt[i] + at);
                evens = evens.add(even(pairs));
                odds = odds.add(odd(pairs));
            }
            joined(evens, odds).intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static IntVector load(MemorySegment from, long at) {
        return IntVector.fromMemorySegment(INTS, from, at, ORDER);
    }

    private static FloatVector even(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, HALF_BITS).reinterpretAsFloats();
    }

    private static FloatVector odd(IntVector pairs) {
        return pairs.lanewise(VectorOperators.AND, UPPER_HALF).reinterpretAsFloats();
    }

    private static IntVector joined(FloatVector evens, FloatVector odds) {
        return rounded(evens)
                .lanewise(VectorOperators.LSHR, HALF_BITS)
                .or(rounded(odds).lanewise(VectorOperators.AND, UPPER_HALF));
    }

    /** In the upper half. To nearest, ties to even; a NaN stays one. */
    private static IntVector rounded(FloatVector value) {
        IntVector bits = value.reinterpretAsInts();
        IntVector last = bits.lanewise(VectorOperators.LSHR, HALF_BITS).lanewise(VectorOperators.AND, 1);
        return bits.add(JUST_BELOW_HALF)
                .add(last)
                .blend(
                        bits.lanewise(VectorOperators.OR, QUIET),
                        bits.lanewise(VectorOperators.AND, MAGNITUDE).compare(VectorOperators.GT, INFINITY));
    }

    private static float widened(short half) {
        return Float.intBitsToFloat(half << HALF_BITS);
    }

    private static short rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        int nearest = Float.isNaN(value) ? bits | QUIET : bits + JUST_BELOW_HALF + (bits >>> HALF_BITS & 1);
        return (short) (nearest >>> HALF_BITS);
    }
}
