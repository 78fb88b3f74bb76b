package io.witan.models.merge;

/** Values of all models, tensor by tensor. */
interface PieceSource {
    /**
     * Values of one tensor. The piece is the same object each time.
     *
     * @param tensor its place in the list of names
     * @param from first value
     * @param count at most {@link Piece#MOST}
     * @throws MergeException if a value cannot be read, or is not finite
     */
    Piece piece(int tensor, long from, int count);
}
