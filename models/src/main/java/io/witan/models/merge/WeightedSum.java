package io.witan.models.merge;

import java.util.List;

/**
 * Base + sum of weight x task vector.
 *
 * @param weights one for each model, in their order
 */
public record WeightedSum(List<Double> weights) implements MergeMethod {
    public WeightedSum {
        weights = List.copyOf(weights);
    }

    @Override
    public void requireModels(int models) {
        MergeMethod.super.requireModels(models);
        if (weights.size() != models) {
            throw new MergeException(weights.size() + " weights for " + models + " models; each needs one");
        }
    }

    @Override
    public PieceMerger prepare(TaskVectors vectors) {
        return merger();
    }

    PieceMerger merger() {
        double[] by = weights.stream().mapToDouble(Double::doubleValue).toArray();
        return (piece, to) -> {
            for (int i = 0; i < piece.count; i++) {
                double sum = 0;
                for (int model = 0; model < by.length; model++) {
                    sum += by[model] * piece.vectors[model][i];
                }
                to[i] = (float) (piece.base[i] + sum);
            }
        };
    }
}
