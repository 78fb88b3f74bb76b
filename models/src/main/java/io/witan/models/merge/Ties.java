package io.witan.models.merge;

/**
 * Trim, elect sign, merge (Yadav et al., arXiv 2306.01708). Of each vector the values of largest magnitude stay, over all tensors together; those as
 * large as the last of them stay too. A place's sign is that of the sum of what stayed, where that is zero that of most places. What stayed and has
 * this sign is averaged over its number.
 *
 * @param keep share of each vector that stays, above 0 and at most 1
 * @param scale of what is added to the base
 */
public record Ties(double keep, double scale) implements MergeMethod {
    public Ties {
        KthLargest.requireShare(keep);
    }

    @Override
    public PieceMerger prepare(TaskVectors vectors) {
        float[] least = Magnitudes.largest(vectors, KthLargest.places(keep, vectors));
        double most = mostSigns(vectors, least);
        return (piece, to) -> {
            for (int i = 0; i < piece.count; i++) {
                double sum = trimmedSum(piece, i, least);
                to[i] = (float) (piece.base[i] + scale * mean(piece, i, least, sum == 0 ? most : sum));
            }
        };
    }

    /** Its sign is that of most places; 0: as many have the one as the other. */
    private static double mostSigns(TaskVectors vectors, float[] least) {
        double[] signs = new double[1];
        vectors.forEach(piece -> {
            for (int i = 0; i < piece.count; i++) {
                signs[0] += Math.signum(trimmedSum(piece, i, least));
            }
        });
        return signs[0];
    }

    private static double trimmedSum(Piece piece, int at, float[] least) {
        double sum = 0;
        for (int model = 0; model < least.length; model++) {
            sum += trimmed(piece.vectors[model][at], least[model]);
        }
        return sum;
    }

    private static float trimmed(float value, float least) {
        return Math.abs(value) >= least ? value : 0;
    }

    /** Of the values whose sign is the elected one. */
    private static double mean(Piece piece, int at, float[] least, double sign) {
        double sum = 0;
        int count = 0;
        for (int model = 0; model < least.length; model++) {
            float value = trimmed(piece.vectors[model][at], least[model]);
            if (value * sign > 0) {
                sum += value;
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
