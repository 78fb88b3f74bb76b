package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.network.LanguageModel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.BatchLoss;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.dense.GradientProgress;
import java.util.List;

/**
 * DMoERM (arXiv 2403.01197): a router chooses the category of the user's turns; one adapter of the base model for each capability point of the category
 * looks at the response; the category's aggregator makes a reward of what they see. Beside it a single dense reward model to compare with.
 */
public final class RewardModel implements TrainableModel<PreferenceBatch> {
    private static final double[] NO_ROWS = {};

    private final RankRuntime runtime;
    private final TrainingState state;
    private final Parts parts;

    /**
     * The networks of the stages.
     *
     * @param languageModels of the base and, if there is one, of the dense model
     * @param dense null for none
     */
    record Parts(
            Router router, List<LanguageModel> languageModels, ValueModel base, PointModel points, ValueModel dense) {}

    RewardModel(RankRuntime runtime, TrainingState state, Parts parts) {
        this.runtime = runtime;
        this.state = state;
        this.parts = parts;
    }

    @Override
    public TrainingState state() {
        return state;
    }

    @Override
    public List<MoeLayer> moeLayers() {
        return parts.points.moeLayers();
    }

    @Override
    public BatchLoss forwardBackward(PreferenceBatch batch, StepContext context, GradientProgress progress) {
        StepArena arena = runtime.arena();
        List<PreferencePair> pairs = batch.pairs();
        double sum =
                switch (batch.stage()) {
                    case ROUTER -> parts.router.lossAndGradient(pairs, context.perTarget(), arena);
                    case LANGUAGE -> languageLoss(pairs, context.perTarget(), arena);
                    case BASE -> parts.base.lossAndGradient(pairs, winners(pairs), context.perTarget(), arena);
                    case POINTS -> parts.points.pointLossAndGradient(pairs, context, arena);
                    case AGGREGATOR ->
                        parts.points.lossAndGradient(pairs, categories(pairs), winners(pairs), context, arena);
                    case DENSE -> parts.dense.lossAndGradient(pairs, winners(pairs), context.perTarget(), arena);
                };
        return new BatchLoss(sum, NO_ROWS);
    }

    @Override
    public BatchLoss evaluate(PreferenceBatch batch) {
        StepArena arena = runtime.arena();
        List<PreferencePair> pairs = batch.pairs();
        double sum =
                switch (batch.stage()) {
                    case ROUTER -> parts.router.loss(pairs, arena);
                    case LANGUAGE -> languageLoss(pairs, arena);
                    case BASE -> loss(parts.base.differences(pairs, arena), pairs);
                    case POINTS -> parts.points.pointLoss(pairs, arena);
                    case AGGREGATOR -> loss(parts.points.differences(pairs, categories(pairs), arena), pairs);
                    case DENSE -> loss(parts.dense.differences(pairs, arena), pairs);
                };
        return new BatchLoss(sum, NO_ROWS);
    }

    /** The mean of the models' losses; each gets the gradient of its own. */
    private double languageLoss(List<PreferencePair> pairs, float scale, StepArena arena) {
        TokenRows texts = TokenRows.ofResponses(pairs);
        double sum = 0;
        for (LanguageModel model : parts.languageModels) {
            sum += model.lossAndGradient(texts.ids(), texts.rows(), scale, arena);
        }
        return sum / parts.languageModels.size();
    }

    private double languageLoss(List<PreferencePair> pairs, StepArena arena) {
        TokenRows texts = TokenRows.ofResponses(pairs);
        return parts.languageModels.stream()
                .mapToDouble(model -> model.loss(texts.ids(), texts.rows(), arena))
                .average()
                .orElseThrow();
    }

    private static double loss(double[] differences, List<PreferencePair> pairs) {
        return PairwiseLoss.of(differences, winners(pairs)).sum();
    }

    private static Winner[] winners(List<PreferencePair> pairs) {
        return pairs.stream().map(pair -> pair.labels().observed()).toArray(Winner[]::new);
    }

    /** As labelled: training does not go by the router. */
    private static Category[] categories(List<PreferencePair> pairs) {
        return pairs.stream().map(pair -> pair.labels().category()).toArray(Category[]::new);
    }

    /**
     * Margins of this rank's pairs as the whole model gives them: points and aggregator of the category that the router chooses. All ranks call it
     * together, each with its own pairs.
     *
     * @return [pairs] reward of the first response less that of the second
     */
    double[] routedDifferences(List<PreferencePair> pairs) {
        return parts.points.differences(pairs, routed(pairs), runtime.arena());
    }

    /** [pairs] the router's choice. */
    Category[] routed(List<PreferencePair> pairs) {
        return parts.router.categories(pairs, runtime.arena());
    }

    /** As {@link #routedDifferences}, by the base model and its value head alone. */
    double[] baseDifferences(List<PreferencePair> pairs) {
        return parts.base.differences(pairs, runtime.arena());
    }

    /** Whether there is a dense model to compare with. */
    boolean hasDense() {
        return parts.dense != null;
    }

    /** As {@link #routedDifferences}, by the dense model. */
    double[] denseDifferences(List<PreferencePair> pairs) {
        return parts.dense.differences(pairs, runtime.arena());
    }
}
