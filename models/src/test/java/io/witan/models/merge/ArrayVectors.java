package io.witan.models.merge;

import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Vectors that are there as a whole. They come in pieces of two lengths, so that none is a whole number of the other. */
record ArrayVectors(float[] base, float[][] vectors) implements TaskVectors {
    private static final int LONG = 700;

    /** Values with zeros, equal ones and ones that cancel. */
    static ArrayVectors random(int count, int models, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] base = new float[count];
        float[][] vectors = new float[models][count];
        for (int i = 0; i < count; i++) {
            base[i] = (float) random.nextDouble(-1, 1);
            for (int model = 0; model < models; model++) {
                vectors[model][i] = switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> random.nextInt(-3, 4) * 0.125f;
                    default -> (float) (random.nextDouble(-1, 1) * Math.pow(10, random.nextInt(-6, 1)));
                };
            }
        }
        return new ArrayVectors(base, vectors);
    }

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
