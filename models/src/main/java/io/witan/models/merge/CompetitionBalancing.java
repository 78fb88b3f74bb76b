package io.witan.models.merge;

/**
 * Base + scale x mean of task vectors weighted by {@link CompetitionScores}, of each vector only where its scores are the highest, over all tensors
 * together; those as high as the last of them stay too (PCB-Merging, Du et al., arXiv 2410.02396). Where none stays, the base.
 *
 * @param keep share of each vector's places that stays, above 0 and at most 1
 * @param scale of what is added to the base
 */
public record CompetitionBalancing(double keep, double scale) implements MergeMethod {
    public CompetitionBalancing {
        KthLargest.requireShare(keep);
    }

    @Override
    public PieceMerger prepare(TaskVectors vectors) {
        CompetitionScores scores = new CompetitionScores(vectors);
        int models = vectors.models();
        double[][] some = new double[models][Piece.MOST];
        // The bits of doubles from 0 on are ordered as the doubles are.
        long[] least = KthLargest.find(vectors, KthLargest.places(keep, vectors), Double.SIZE, (piece, to) -> {
            scores.of(piece, some);
            for (int model = 0; model < models; model++) {
                for (int i = 0; i < piece.count; i++) {
                    to[model][i] = Double.doubleToRawLongBits(some[model][i]);
                }
            }
        });
        return (piece, to) -> {
            scores.of(piece, some);
            for (int i = 0; i < piece.count; i++) {
                double sum = 0;
                double total = 0;
                for (int model = 0; model < models; model++) {
                    double score = some[model][i];
                    if (score >= Double.longBitsToDouble(least[model])) {
                        sum += score * piece.vectors[model][i];
                        total += score;
                    }
                }
                to[i] = (float) (piece.base[i] + (total == 0 ? 0 : scale * (sum / total)));
            }
        };
    }
}
