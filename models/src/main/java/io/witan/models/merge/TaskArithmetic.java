package io.witan.models.merge;

/** Base + scale x sum of task vectors (Ilharco et al., arXiv 2212.04089). */
public record TaskArithmetic(double scale) implements MergeMethod {
    @Override
    public PieceMerger prepare(TaskVectors vectors) {
        return (piece, to) -> {
            for (int i = 0; i < piece.count; i++) {
                to[i] = (float) (piece.base[i] + scale * piece.sum(i));
            }
        };
    }
}
