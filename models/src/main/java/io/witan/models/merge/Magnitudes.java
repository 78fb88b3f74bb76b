package io.witan.models.merge;

/** The exact k-th largest magnitude of each vector: the bits of non-negative floats are ordered as the floats are. */
final class Magnitudes {
    private Magnitudes() {}

    /**
     * One for each model.
     *
     * @param kth from 1 to the number of values
     */
    static float[] largest(TaskVectors vectors, long kth) {
        long[] found = KthLargest.find(vectors, kth, Float.SIZE, (piece, to) -> {
            for (int model = 0; model < to.length; model++) {
                for (int i = 0; i < piece.count; i++) {
                    to[model][i] = Float.floatToRawIntBits(Math.abs(piece.vectors[model][i]));
                }
            }
        });
        float[] largest = new float[found.length];
        for (int model = 0; model < largest.length; model++) {
            largest[model] = Float.intBitsToFloat((int) found[model]);
        }
        return largest;
    }
}
