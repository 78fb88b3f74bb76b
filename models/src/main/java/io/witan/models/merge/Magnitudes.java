package io.witan.models.merge;

/**
 * The exact k-th largest magnitude of each vector, in two passes and without holding any: the bits of non-negative floats are ordered as the floats
 * are, so counts by their upper half tell in which 65,536 numbers it lies, and counts by the lower half which of these it is.
 */
final class Magnitudes {
    private static final int HALF = 16;
    private static final int VALUES = 1 << HALF;

    private Magnitudes() {}

    /**
     * One for each model.
     *
     * @param kth from 1 to the number of values
     */
    static float[] largest(TaskVectors vectors, long kth) {
        int models = vectors.models();
        long[][] upper = new long[models][VALUES];
        vectors.forEach(piece -> {
            for (int model = 0; model < models; model++) {
                for (int i = 0; i < piece.count; i++) {
                    upper[model][bits(piece.vectors[model][i]) >>> HALF]++;
                }
            }
        });
        int[] bucket = new int[models];
        long[] left = new long[models];
        for (int model = 0; model < models; model++) {
            left[model] = kth;
            bucket[model] = descend(upper[model], left, model);
        }
        long[][] lower = new long[models][VALUES];
        vectors.forEach(piece -> {
            for (int model = 0; model < models; model++) {
                for (int i = 0; i < piece.count; i++) {
                    int bits = bits(piece.vectors[model][i]);
                    if (bits >>> HALF == bucket[model]) {
                        lower[model][bits & VALUES - 1]++;
                    }
                }
            }
        });
        float[] largest = new float[models];
        for (int model = 0; model < models; model++) {
            largest[model] = Float.intBitsToFloat(bucket[model] << HALF | descend(lower[model], left, model));
        }
        return largest;
    }

    private static int bits(float value) {
        return Float.floatToRawIntBits(Math.abs(value));
    }

    /** The number that the left[model]-th largest has; left[model] becomes its place among equal ones. */
    private static int descend(long[] counts, long[] left, int model) {
        int number = VALUES - 1;
        while (left[model] > counts[number]) {
            left[model] -= counts[number--];
        }
        return number;
    }
}
