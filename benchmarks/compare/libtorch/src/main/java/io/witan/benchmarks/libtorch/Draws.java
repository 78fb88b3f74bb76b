package io.witan.benchmarks.libtorch;

/** The linear congruential generator from which recipe peer has its weights and its tokens. */
final class Draws {
    private static final long FACTOR = 6364136223846793005L;
    private static final long INCREMENT = 1442695040888963407L;
    private static final int DROPPED_BITS = 33;
    private static final double RANGE = 0x1p31;

    private static final int WORDS = 512;
    private static final int STEP = 5;
    private static final int OFFSET = 17;

    private long state;
    private int word;

    Draws(long seed) {
        state = seed;
    }

    private long next() {
        state = state * FACTOR + INCREMENT;
        return state >>> DROPPED_BITS;
    }

    /** Uniform numbers of this deviation. */
    float[] weights(int count, double deviation) {
        double most = Math.sqrt(3) * deviation;
        float[] weights = new float[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (float) ((2 * (next() / RANGE) - 1) * most);
        }
        return weights;
    }

    /** Three times in four the successor of the word before, else any word. */
    int token(int vocabulary) {
        word = (next() & 3) != 0 ? (word * STEP + OFFSET) % WORDS : (int) (next() % WORDS);
        return word * (vocabulary / WORDS) + STEP;
    }
}
