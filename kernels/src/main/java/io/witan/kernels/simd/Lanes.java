package io.witan.kernels.simd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Memory and lane sums at the machine's vector width. Memory is named by absolute address: the operations check their
 * segments once, and workers may then touch memory of an arena confined to the calling thread.
 *
 * <p>Rule for vector loops: inside them, call nothing but the Vector API itself, whose methods the compiler always
 * inlines. It stops inlining others once a method has grown (after some 35 vector operations, those of inlined callees
 * included), and a vector that crosses a call is boxed on the heap. So the loops take and return addresses and floats.
 */
public final class Lanes {
    public static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    public static final int COUNT = SPECIES.length();

    public static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);

    /** The whole address space, for {@code FloatVector.fromMemorySegment(SPECIES, MEMORY, address, ORDER)}. */
    public static final MemorySegment MEMORY = addressSpace();

    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(SPECIES, 8 % COUNT, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(SPECIES, 4 % COUNT, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(SPECIES, 2 % COUNT, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(SPECIES, 1 % COUNT, 1, true);

    private Lanes() {}

    @SuppressWarnings("restricted")
    private static MemorySegment addressSpace() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    public static float get(long address) {
        return MEMORY.get(FLOAT, address);
    }

    public static void set(long address, float value) {
        MEMORY.set(FLOAT, address, value);
    }

    public static int getInt(long address) {
        return MEMORY.get(INT, address);
    }

    public static void setInt(long address, int value) {
        MEMORY.set(INT, address, value);
    }

    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(MEMORY, from, MEMORY, to, bytes);
    }

    public static void zero(long address, long bytes) {
        MEMORY.asSlice(address, bytes).fill((byte) 0);
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
