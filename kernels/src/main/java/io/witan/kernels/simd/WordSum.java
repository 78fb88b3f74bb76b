package io.witan.kernels.simd;

import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.ADD;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A checksum that is a sum: over the 32-bit words w at places i of a memory, of mix(w xor i * 0x9e3779b1), modulo 2^32. So parts can be
 * taken in any order, by several threads, and added up, which a CRC does not allow as simply. Mix is the last step of MurmurHash3 (public
 * domain, A. Appleby), a bijection, so that another value of one word always gives another sum. Of other changes about one in 2^32 should
 * give the same; that is no theorem, and what a CRC guarantees, all bursts across two words, is given up. It finds torn and rotten data,
 * not malice. Places count from the front of the memory; i and i + 2^32 are alike.
 */
public final class WordSum {
    private static final int PLACE = 0x9e3779b1;
    private static final int FIRST = 0x85ebca6b;
    private static final int SECOND = 0xc2b2ae35;
    private static final int HIGH_HALF = 16;
    private static final int MIDDLE = 13;

    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final int COUNT = SPECIES.length();
    private static final IntVector PLACES = IntVector.zero(SPECIES).addIndex(1).mul(PLACE);

    /** Words of a large memory that one loop takes. */
    private static final int STRETCH = 1 << 20;

    private WordSum() {}

    /**
     * Of a whole memory; bytes after the last whole word are filled up with zeros.
     *
     * @throws IllegalArgumentException if it is on the heap or freed
     */
    public static int of(MemorySegment memory) {
        if (!memory.isNative() || !memory.scope().isAlive()) {
            throw new IllegalArgumentException(
                    "a checksum of " + memory + "; allowed is native memory that is not freed");
        }
        long words = memory.byteSize() / Integer.BYTES;
        int sum = of(memory.address(), 0, words);
        long left = memory.byteSize() - Integer.BYTES * words;
        int last = 0;
        for (int i = 0; i < left; i++) {
            last |= (memory.get(ValueLayout.JAVA_BYTE, Integer.BYTES * words + i) & 0xff) << (Byte.SIZE * i);
        }
        return left == 0 ? sum : sum + mixed(last, words);
    }

    /**
     * Of a part.
     *
     * @param address of its first word, which the caller answers for
     * @param place of that word in the whole
     */
    public static int of(long address, long place, long words) {
        int sum = 0;
        for (long from = 0; from < words; from += STRETCH) {
            sum += stretch(address + Integer.BYTES * from, place + from, (int) Math.min(STRETCH, words - from));
        }
        return sum;
    }

    private static int stretch(long address, long place, int words) {
        int whole = words - words % COUNT;
        IntVector key = PLACES.add((int) place * PLACE);
        IntVector sums = IntVector.zero(SPECIES);
        for (int i = 0; i < whole; i += COUNT) {
            IntVector x = IntVector.fromMemorySegment(SPECIES, MEMORY, address + 4L * i, ORDER)
                    .lanewise(XOR, key);
            x = x.lanewise(XOR, x.lanewise(LSHR, HIGH_HALF)).mul(FIRST);
            x = x.lanewise(XOR, x.lanewise(LSHR, MIDDLE)).mul(SECOND);
            sums = sums.add(x.lanewise(XOR, x.lanewise(LSHR, HIGH_HALF)));
            key = key.add(COUNT * PLACE);
        }
        int sum = sums.reduceLanes(ADD);
        for (int i = whole; i < words; i++) {
            sum += mixed(Lanes.getInt(address + 4L * i), place + i);
        }
        return sum;
    }

    private static int mixed(int word, long place) {
        int x = word ^ ((int) place * PLACE);
        x = (x ^ (x >>> HIGH_HALF)) * FIRST;
        x = (x ^ (x >>> MIDDLE)) * SECOND;
        return x ^ (x >>> HIGH_HALF);
    }
}
