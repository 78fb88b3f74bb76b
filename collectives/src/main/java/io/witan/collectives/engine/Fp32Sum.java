package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Element-wise fp32 sums in a fixed order: ((a + b) + c) + ... in the order of the list, for every element. */
public final class Fp32Sum implements Phase.Action {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final long SLICE_BYTES = 512 * 1024;

    private final MemorySegment sum;
    private final List<Part> terms;
    private MemorySegment[] memory;
    private long doneBytes;

    /**
     * @param sum room for the result; may be exactly one of the terms
     * @param terms at least one, each as long as {@code sum}, a whole number of floats
     */
    public Fp32Sum(MemorySegment sum, List<Part> terms) {
        this.sum = sum;
        this.terms = terms;
    }

    @Override
    public boolean step() {
        if (memory == null) {
            memory = terms.stream().map(Part::memory).toArray(MemorySegment[]::new);
        }
        long to = Math.min(sum.byteSize(), doneBytes + SLICE_BYTES);
        add(sum, memory, doneBytes, to);
        doneBytes = to;
        return doneBytes == sum.byteSize();
    }

    /** Writes the sum of the terms in bytes {@code from} to {@code to}. */
    static void add(MemorySegment sum, MemorySegment[] term, long from, long to) {
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
