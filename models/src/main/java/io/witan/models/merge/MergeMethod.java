package io.witan.models.merge;

/** A rule by which models are merged; all sums are in fp64. */
public sealed interface MergeMethod
        permits TaskArithmetic, WeightedSum, Ties, CompetitionBalancing, Consensus, TaskMask {
    /** Looks at all values, if it needs to. */
    PieceMerger prepare(TaskVectors vectors);

    /**
     * Refuses a number of models that it cannot merge.
     *
     * @throws MergeException in one line
     */
    default void requireModels(int models) {
        ModelMerge.requireAny(models);
    }
}
