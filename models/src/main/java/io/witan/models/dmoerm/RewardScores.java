package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.train.RankSums;
import java.util.List;

/**
 * What a trained model gives for pairs: reward of the first response less that of the second, [pairs].
 *
 * @param routed of the whole model
 * @param base of the base model alone
 * @param dense of the dense model; zeroes if there is none
 * @param category that the router chooses, by number
 */
record RewardScores(double[] routed, double[] base, double[] dense, double[] category) {
    /**
     * All ranks call it together and get the same.
     *
     * @param rows pairs that all ranks work on at once
     */
    static RewardScores of(RewardModel model, RankRuntime runtime, List<PreferencePair> pairs, int rows) {
        int count = pairs.size();
        RewardScores own = new RewardScores(new double[count], new double[count], new double[count], new double[count]);
        for (int first = 0; first < count; first += rows) {
            int end = Math.min(count, first + rows);
            PreferenceBatch all = new PreferenceBatch(Stage.BASE, pairs.subList(first, end));
            int from = first + all.firstRowOf(runtime.rank(), runtime.size());
            StepArena.Mark mark = runtime.arena().mark();
            own.score(model, all.ofRank(runtime.rank(), runtime.size()).pairs(), from);
            runtime.arena().release(mark);
        }
        return new RewardScores(
                RankSums.sum(runtime, own.routed),
                RankSums.sum(runtime, own.base),
                RankSums.sum(runtime, own.dense),
                RankSums.sum(runtime, own.category));
    }

    private void score(RewardModel model, List<PreferencePair> some, int from) {
        System.arraycopy(model.routedDifferences(some), 0, routed, from, some.size());
        System.arraycopy(model.baseDifferences(some), 0, base, from, some.size());
        if (model.hasDense()) {
            System.arraycopy(model.denseDifferences(some), 0, dense, from, some.size());
        }
        Category[] chosen = model.routed(some);
        for (int i = 0; i < chosen.length; i++) {
            category[from + i] = chosen[i].ordinal();
        }
    }

    /** Pairs whose prompts go to the category that they are of. */
    int routedRightly(List<PreferencePair> pairs) {
        int right = 0;
        for (int i = 0; i < category.length; i++) {
            right += category[i] == pairs.get(i).labels().category().ordinal() ? 1 : 0;
        }
        return right;
    }
}
