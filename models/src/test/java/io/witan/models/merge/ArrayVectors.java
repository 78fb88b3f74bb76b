package io.witan.models.merge;

import java.util.function.Consumer;

/** Vectors that are there as a whole. They come in pieces of two lengths, so that none is a whole number of the other. */
record ArrayVectors(float[] base, float[][] vectors) implements TaskVectors {
    private static final int LONG = 700;

    @Override
    public int models() {
        return vectors.length;
    }

    @Override
    public long count() {
        return base.length;
    }

    @Override
    public void forEach(Consumer<Piece> visitor) {
        Piece piece = new Piece(vectors.length);
        boolean isLong = true;
        for (int from = 0; from < base.length; from += piece.count, isLong = !isLong) {
            piece.count = Math.min(isLong ? LONG : 1, base.length - from);
            System.arraycopy(base, from, piece.base, 0, piece.count);
            for (int model = 0; model < vectors.length; model++) {
                System.arraycopy(vectors[model], from, piece.vectors[model], 0, piece.count);
            }
            visitor.accept(piece);
        }
    }

    /** What a method makes of them. */
    float[] merged(MergeMethod method) {
        PieceMerger merger = method.prepare(this);
        float[] all = new float[base.length];
        float[] some = new float[Piece.MOST];
        int[] at = new int[1];
        forEach(piece -> {
            merger.merge(piece, some);
            System.arraycopy(some, 0, all, at[0], piece.count);
            at[0] += piece.count;
        });
        return all;
    }
}
