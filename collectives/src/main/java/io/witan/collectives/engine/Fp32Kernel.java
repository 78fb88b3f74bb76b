package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Sums of fp32. */
final class Fp32Kernel implements SumKernel {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

    @Override
    public int elementBytes() {
        return Float.BYTES;
    }

    @Override
    public void add(MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        long vectorsEnd = from + (to - from) / SPECIES.vectorByteSize() * SPECIES.vectorByteSize();
        switch (term.length) {
            case 2 -> addTwo(sum, sumAt, term, termAt, from, vectorsEnd);
            case 3 -> addThree(sum, sumAt, term, termAt, from, vectorsEnd);
            case 4 -> addFour(sum, sumAt, term, termAt, from, vectorsEnd);
            default -> addMany(sum, sumAt, term, termAt, from, vectorsEnd);
        }
        for (long at = vectorsEnd; at < to; at += Float.BYTES) {
            float total = term[0].get(FLOAT, termAt[0] + at);
            for (int i = 1; i < term.length; i++) {
                total += term[i].get(FLOAT, termAt[i] + at);
            }
            sum.set(FLOAT, sumAt + at, total);
        }
    }

    private static void addTwo(MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        MemorySegment a = term[0];
        MemorySegment b = term[1];
        long aAt = termAt[0];
        long bAt = termAt[1];
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            load(a, aAt + at).add(load(b, bAt + at)).intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static void addThree(
            MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        MemorySegment a = term[0];
        MemorySegment b = term[1];
        MemorySegment c = term[2];
        long aAt = termAt[0];
        long bAt = termAt[1];
        long cAt = termAt[2];
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            load(a, aAt + at).add(load(b, bAt + at)).add(load(c, cAt + at)).intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static void addFour(
            MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        MemorySegment a = term[0];
        MemorySegment b = term[1];
        MemorySegment c = term[2];
        MemorySegment d = term[3];
        long aAt = termAt[0];
        long bAt = termAt[1];
        long cAt = termAt[2];
        long dAt = termAt[3];
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            load(a, aAt + at)
                    .add(load(b, bAt + at))
                    .add(load(c, cAt + at))
                    .add(load(d, dAt + at))
                    .intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static void addMany(
            MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to) {
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            FloatVector total = load(term[0], termAt[0] + at);
            for (int i = 1; i < term.length; i++) {
                total = total.add(load(term[i], termAt[i] + at));
            }
            total.intoMemorySegment(sum, sumAt + at, ORDER);
        }
    }

    private static FloatVector load(MemorySegment from, long at) {
        return FloatVector.fromMemorySegment(SPECIES, from, at, ORDER);
    }
}
