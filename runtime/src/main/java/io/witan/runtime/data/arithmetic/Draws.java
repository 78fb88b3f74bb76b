package io.witan.runtime.data.arithmetic;

/** A SplitMix64 stream (Steele, Lea, Flood 2014). Spelt out here because the corpus must never change with the JDK. */
public final class Draws {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private long state;

    /** The stream of one document, or of any other thing that has a number. */
    public Draws(long seed, long index) {
        state = finalised(seed * GOLDEN + 1) ^ finalised(index + GOLDEN);
    }

    /** A number from low to high, both included. */
    public int between(int low, int high) {
        state += GOLDEN;
        long bits = finalised(state) >>> 1;
        return low + (int) (bits % (high - low + 1));
    }

    /** One of the choices. */
    @SafeVarargs
    public final <T> T pick(T... choices) {
        return choices[between(0, choices.length - 1)];
    }

    /** A number from 0 to below 1. */
    public double uniform() {
        state += GOLDEN;
        return (finalised(state) >>> 11) * 0x1p-53;
    }

    private static long finalised(long value) {
        long z = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
