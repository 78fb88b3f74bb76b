package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Element-wise fp32 sums in a fixed order: ((a + b) + c) + ... in the order of the list, for every element. */
public final class Fp32Sum {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Fp32Sum() {}

    /**
     * Writes the sum of the terms.
     *
     * @param sum room for the result; may be exactly one of the terms
     * @param terms at least one, each as long as {@code sum}, a whole number of floats
     */
    public static void into(MemorySegment sum, List<MemorySegment> terms) {
        MemorySegment[] term = terms.toArray(MemorySegment[]::new);
        long bytes = sum.byteSize();
        long at = 0;
        for (; at + SPECIES.vectorByteSize() <= bytes; at += SPECIES.vectorByteSize()) {
            FloatVector total = FloatVector.fromMemorySegment(SPECIES, term[0], at, ByteOrder.LITTLE_ENDIAN);
            for (int i = 1; i < term.length; i++) {
                total = total.add(FloatVector.fromMemorySegment(SPECIES, term[i], at, ByteOrder.LITTLE_ENDIAN));
            }
            total.intoMemorySegment(sum, at, ByteOrder.LITTLE_ENDIAN);
        }
        for (; at < bytes; at += Float.BYTES) {
            float total = term[0].get(FLOAT, at);
            for (int i = 1; i < term.length; i++) {
                total += term[i].get(FLOAT, at);
            }
            sum.set(FLOAT, at, total);
        }
    }
}
