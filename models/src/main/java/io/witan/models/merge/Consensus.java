package io.witan.models.merge;

/**
 * Base + scale x sum of task vectors, where the masks of enough tasks hold; elsewhere the base (consensus merging, Wang et al., arXiv 2405.07813).
 *
 * @param scale of the sum
 * @param times see {@link Masks#holds}
 * @param agree tasks whose masks must hold, at least 1
 */
public record Consensus(double scale, double times, int agree) implements MergeMethod {
    @Override
    public void requireModels(int models) {
        MergeMethod.super.requireModels(models);
        if (agree < 1 || agree > models) {
            throw new MergeException(agree + " of " + models + " models cannot agree; allowed are 1 to " + models);
        }
    }

    @Override
    public PieceMerger prepare(TaskVectors vectors) {
        return (piece, to) -> {
            for (int i = 0; i < piece.count; i++) {
                double sum = piece.sum(i);
                int holds = 0;
                for (float[] vector : piece.vectors) {
                    holds += Masks.holds(vector[i], sum, times) ? 1 : 0;
                }
                to[i] = holds >= agree ? (float) (piece.base[i] + scale * sum) : piece.base[i];
            }
        };
    }
}
