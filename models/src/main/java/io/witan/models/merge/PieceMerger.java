package io.witan.models.merge;

/** Makes the values of one model of those of several. */
@FunctionalInterface
interface PieceMerger {
    /** @param to the merged values, as many as the piece has */
    void merge(Piece piece, float[] to);
}
