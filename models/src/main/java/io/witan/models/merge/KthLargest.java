package io.witan.models.merge;

import java.util.Arrays;

/**
 * The exact k-th largest key of each model, in a pass over all values for every 16 bits of a key and without holding any: counts by the upper bits
 * tell in which 65,536th part it lies, counts by the next ones where in that part.
 */
final class KthLargest {
    private static final int DIGIT = 16;
    private static final int VALUES = 1 << DIGIT;

    private KthLargest() {}

    /** Makes the keys of a piece: [models][values], none with more bits than were told. */
    @FunctionalInterface
    interface Keys {
        void of(Piece piece, long[][] to);
    }

    /** @throws IllegalArgumentException for a share of places that is not above 0 and at most 1 */
    static void requireShare(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("a share from 0 to 1 stays, got " + share);
        }
    }

    /** How many places are a share of all, at least 1. */
    static long places(double share, TaskVectors vectors) {
        return Math.max(1, (long) Math.ceil(share * vectors.count()));
    }

    /**
     * One for each model.
     *
     * @param kth from 1 to the number of values
     * @param bits of a key, a multiple of 16; keys are ordered as numbers without a sign
     */
    static long[] find(TaskVectors vectors, long kth, int bits, Keys keys) {
        int models = vectors.models();
        long[][] some = new long[models][Piece.MOST];
        long[] upper = new long[models];
        long[] left = new long[models];
        Arrays.fill(left, kth);
        for (int low = bits - DIGIT; low >= 0; low -= DIGIT) {
            int shift = low;
            long[][] counts = new long[models][VALUES];
            vectors.forEach(piece -> {
                keys.of(piece, some);
                for (int model = 0; model < models; model++) {
                    for (int i = 0; i < piece.count; i++) {
                        long key = some[model][i] >>> shift;
                        if (key >>> DIGIT == upper[model]) {
                            counts[model][(int) (key & VALUES - 1)]++;
                        }
                    }
                }
            });
            for (int model = 0; model < models; model++) {
                upper[model] = upper[model] << DIGIT | descend(counts[model], left, model);
            }
        }
        return upper;
    }

    /** The digit that the left[model]-th largest has; left[model] becomes its place among those with this digit. */
    private static int descend(long[] counts, long[] left, int model) {
        int digit = VALUES - 1;
        while (left[model] > counts[digit]) {
            left[model] -= counts[digit--];
        }
        return digit;
    }
}
