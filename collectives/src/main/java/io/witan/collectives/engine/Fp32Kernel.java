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
    public void add(MemorySegment sum, MemorySegment[] term, long from, long to) {
        long vectorsEnd = from + (to - from) / SPECIES.vectorByteSize() * SPECIES.vectorByteSize();
        switch (term.length) {
            case 2 -> addTwo(sum, term[0], term[1], from, vectorsEnd);
            case 3 -> addThree(sum, term, from, vectorsEnd);
            case 4 -> addFour(sum, term, from, vectorsEnd);
            default -> addMany(sum, term, from, vectorsEnd);
        }
        for (long at = vectorsEnd; at < to; at += Float.BYTES) {
            float total = term[0].get(FLOAT, at);
            for (int i = 1; i < term.length; i++) {
                total += term[i].get(FLOAT, at);
            }
            sum.set(FLOAT, at, total);
        }
    }

    private static void addTwo(MemorySegment sum, MemorySegment a, MemorySegment b, long from, long to) {
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            FloatVector.fromMemorySegment(SPECIES, a, at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, b, at, ORDER))
                    .intoMemorySegment(sum, at, ORDER);
        }
    }

    private static void addThree(MemorySegment sum, MemorySegment[] term, long from, long to) {
        MemorySegment a = term[0];
        MemorySegment b = term[1];
        MemorySegment c = term[2];
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            FloatVector.fromMemorySegment(SPECIES, a, at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, b, at, ORDER))
                    .add(FloatVector.fromMemorySegment(SPECIES, c, at, ORDER))
                    .intoMemorySegment(sum, at, ORDER);
        }
    }

    private static void addFour(MemorySegment sum, MemorySegment[] term, long from, long to) {
        MemorySegment a = term[0];
        MemorySegment b = term[1];
        MemorySegment c = term[2];
        MemorySegment d = term[3];
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            FloatVector.fromMemorySegment(SPECIES, a, at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, b, at, ORDER))
                    .add(FloatVector.fromMemorySegment(SPECIES, c, at, ORDER))
                    .add(FloatVector.fromMemorySegment(SPECIES, d, at, ORDER))
                    .intoMemorySegment(sum, at, ORDER);
        }
    }

    private static void addMany(MemorySegment sum, MemorySegment[] term, long from, long to) {
        for (long at = from; at < to; at += SPECIES.vectorByteSize()) {
            FloatVector total = FloatVector.fromMemorySegment(SPECIES, term[0], at, ORDER);
            for (int i = 1; i < term.length; i++) {
                total = total.add(FloatVector.fromMemorySegment(SPECIES, term[i], at, ORDER));
            }
            total.intoMemorySegment(sum, at, ORDER);
        }
    }
}
