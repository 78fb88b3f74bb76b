package io.witan.models.merge;

/** Some values of all models, at the same places. The arrays are reused for the next piece. */
final class Piece {
    /** Values of a piece at most. */
    static final int MOST = 1 << 16;

    final float[] base = new float[MOST];
    /** [models][values]: what is to be added to the base to get each model. */
    final float[][] vectors;

    int count;

    Piece(int models) {
        this.vectors = new float[models][MOST];
    }

    /** Sum of the vectors at a place, in the order of the models. */
    double sum(int at) {
        double sum = 0;
        for (float[] vector : vectors) {
            sum += vector[at];
        }
        return sum;
    }
}
