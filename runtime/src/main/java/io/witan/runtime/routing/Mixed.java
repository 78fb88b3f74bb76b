package io.witan.runtime.routing;

/** Random bits from numbers, by the finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
public final class Mixed {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private Mixed() {}

    public static long bits(long value) {
        long z = value + GOLDEN;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** Differs with each of the two, and with their order. */
    public static long bits(long first, long second) {
        return bits(bits(first) + second);
    }

    /** The numbers 0 .. count - 1 in an order that the bits choose. */
    static int[] order(int count, long bits) {
        int[] order = new int[count];
        for (int i = 1; i < count; i++) {
            int at = (int) Long.remainderUnsigned(bits(bits, i), i + 1L);
            order[i] = order[at];
            order[at] = i;
        }
        return order;
    }
}
