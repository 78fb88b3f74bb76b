package io.witan.models.merge;

/**
 * One task's model out of the merged one: base + mask x scale x sum of task vectors, where the mask is the task's.
 *
 * @param scale of the sum
 * @param times see {@link Masks#holds}
 * @param task number of the model, from 0
 */
public record TaskMask(double scale, double times, int task) implements MergeMethod {
    @Override
    public void requireModels(int models) {
        MergeMethod.super.requireModels(models);
        if (task < 0 || task >= models) {
            throw new MergeException("task " + (task + 1) + " is none of the " + models + " models");
        }
    }

    @Override
    public PieceMerger prepare(TaskVectors vectors) {
        return (piece, to) -> {
            for (int i = 0; i < piece.count; i++) {
                double sum = piece.sum(i);
                to[i] = Masks.holds(piece.vectors[task][i], sum, times)
                        ? (float) (piece.base[i] + scale * sum)
                        : piece.base[i];
            }
        };
    }
}
