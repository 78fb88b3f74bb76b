package io.witan.kernels.simd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loads, stores and lane sums at the machine's vector width. Memory is named by absolute address: the operations check
 * their segments once, and workers may then touch memory of an arena confined to the calling thread.
 */
public final class Lanes {
    public static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    public static final int COUNT = SPECIES.length();

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final MemorySegment ALL = addressSpace();

    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(SPECIES, 8 % COUNT, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(SPECIES, 4 % COUNT, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(SPECIES, 2 % COUNT, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(SPECIES, 1 % COUNT, 1, true);

    private Lanes() {}

    @SuppressWarnings("restricted")
    private static MemorySegment addressSpace() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    public static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
    }

    /** Lanes outside the mask are 0 and their memory is not touched. */
    public static FloatVector load(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER, mask);
    }

    public static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, ORDER);
    }

    public static void store(FloatVector v, long address, VectorMask<Float> mask) {
        v.intoMemorySegment(ALL, address, ORDER, mask);
    }

    /** Mask of the first {@code left} lanes. */
    public static VectorMask<Float> first(long left) {
        return SPECIES.indexInRange(0, left);
    }

    public static float get(long address) {
        return ALL.get(FLOAT, address);
    }

    public static void set(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    public static void setInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    public static void zero(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }

    /**
     * Sum of the lanes as a fixed binary tree. The Vector API's own float sum leaves the order open, and the interpreter
     * and the compiler do choose differently.
     */
    public static float sum(FloatVector v) {
        FloatVector s = v;
        if (COUNT >= 16) {
            s = s.add(s.rearrange(BY_8));
        }
        if (COUNT >= 8) {
            s = s.add(s.rearrange(BY_4));
        }
        if (COUNT >= 4) {
            s = s.add(s.rearrange(BY_2));
        }
        return s.add(s.rearrange(BY_1)).lane(0);
    }
}
