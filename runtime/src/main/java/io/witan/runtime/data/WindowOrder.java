package io.witan.runtime.data;

/**
 * A seeded order of {@code 0 .. count-1} that needs no memory: a four-round Feistel network over the least even number of bits
 * that hold count, walked until it lands below count. Any place of the order is found in constant time, so a run resumes
 * in the middle of an epoch without replaying it.
 */
public final class WindowOrder {
    private static final int ROUNDS = 4;

    private final long seed;
    private final long count;
    private final int halfBits;
    private final long halfMask;

    /** @param count at least 1 */
    public WindowOrder(long seed, long count) {
        this.seed = seed;
        this.count = count;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(count - 1);
        this.halfBits = Math.max(1, (bits + 1) / 2);
        this.halfMask = (1L << halfBits) - 1;
    }

    /**
     * The element at a place of epochs, each of which has every element once, in an order of its own.
     *
     * @param seed of all orders
     * @param count of elements, at least 1
     * @param place over all epochs, from 0
     */
    public static long inEpochs(long seed, long count, long place) {
        return new WindowOrder(mix(seed ^ mix(place / count)), count).at(place % count);
    }

    /** The element at a place of the order. */
    public long at(long place) {
        long element = place;
        do {
            element = shuffled(element);
        } while (element >= count);
        return element;
    }

    private long shuffled(long value) {
        long left = value >>> halfBits;
        long right = value & halfMask;
        for (int round = 0; round < ROUNDS; round++) {
            long mixed = mix(seed + mix(right * ROUNDS + round));
            long next = left ^ (mixed & halfMask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit. */
    public static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
