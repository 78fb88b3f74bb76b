package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.network.Aggregator;
import io.witan.models.dmoerm.network.PointHeads;
import io.witan.models.dmoerm.network.PointNetwork;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/** The inner layer: what capability points see of a response, and the reward that its category makes of it. All ranks call it together. */
final class PointModel {
    private final PointNetwork network;
    private final PointHeads heads;
    private final Map<Category, Aggregator> aggregators;
    private final int width;

    /** @param width D */
    PointModel(PointNetwork network, PointHeads heads, Map<Category, Aggregator> aggregators, int width) {
        this.network = network;
        this.heads = heads;
        this.aggregators = aggregators;
        this.width = width;
    }

    List<MoeLayer> moeLayers() {
        return network.moeLayers();
    }

    /**
     * Loss of the labels of points, and the gradients of adapters and heads.
     *
     * @return summed over labels, in nats
     */
    double pointLossAndGradient(List<PreferencePair> pairs, StepContext context, StepArena arena) {
        TokenRows responses = TokenRows.ofResponses(pairs);
        LabelledPoints labels = LabelledPoints.of(pairs, responses.rows());
        PointNetwork.Encoded encoded = network.encode(responses.ids(), labels.rows(), Pass.TRAIN, context, arena);
        PairwiseLoss loss = loss(encoded, labels);
        double[] dRewards = new double[2 * labels.winners().length];
        for (int i = 0; i < loss.slopes().length; i++) {
            dRewards[2 * i] = context.perTarget() * loss.slopes()[i];
            dRewards[2 * i + 1] = -dRewards[2 * i];
        }
        MemorySegment dz = arena.floats((long) dRewards.length * width);
        heads.backward(encoded.last(), labels.rows().points(), dRewards, dz);
        encoded.backward(dz, arena);
        return loss.sum();
    }

    private PairwiseLoss loss(PointNetwork.Encoded encoded, LabelledPoints labels) {
        double[] rewards = heads.rewards(encoded.last(), labels.rows().points());
        double[] differences = new double[labels.winners().length];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = rewards[2 * i] - rewards[2 * i + 1];
        }
        return PairwiseLoss.of(differences, labels.winners());
    }

    /** The same without gradients. */
    double pointLoss(List<PreferencePair> pairs, StepArena arena) {
        TokenRows responses = TokenRows.ofResponses(pairs);
        LabelledPoints labels = LabelledPoints.of(pairs, responses.rows());
        PointNetwork.Encoded encoded =
                network.encode(responses.ids(), labels.rows(), Pass.EVALUATE, StepContext.evaluation(), arena);
        network.endForward();
        return loss(encoded, labels).sum();
    }

    /**
     * Loss of pairs, and the gradients of the aggregators alone.
     *
     * @param categories [pairs] whose points and aggregator a pair passes
     * @param winners [pairs]
     * @return summed over pairs, in nats
     */
    double lossAndGradient(
            List<PreferencePair> pairs, Category[] categories, Winner[] winners, StepContext context, StepArena arena) {
        Rewarded rewarded = reward(pairs, categories, Pass.TRAIN, context, arena);
        PairwiseLoss loss = PairwiseLoss.of(rewarded.differences, winners);
        for (Category category : Category.values()) {
            int[] own = rewarded.rows.pairs()[category.ordinal()];
            if (own.length > 0) {
                double[] slopes = new double[own.length];
                for (int i = 0; i < own.length; i++) {
                    slopes[i] = loss.slopes()[own[i]];
                }
                MemorySegment dRewards = PairRewards.gradient(new PairwiseLoss(0, slopes), context.perTarget(), arena);
                aggregators.get(category).backward(rewarded.saved[category.ordinal()], dRewards, 2 * own.length, arena);
            }
        }
        return loss.sum();
    }

    /** [pairs] reward of the first response less that of the second; categories as for {@link #lossAndGradient}. */
    double[] differences(List<PreferencePair> pairs, Category[] categories, StepArena arena) {
        return reward(pairs, categories, Pass.EVALUATE, StepContext.evaluation(), arena).differences;
    }

    private record Rewarded(CategoryRows rows, double[] differences, Aggregator.Saved[] saved) {}

    private Rewarded reward(
            List<PreferencePair> pairs, Category[] categories, Pass pass, StepContext context, StepArena arena) {
        TokenRows responses = TokenRows.ofResponses(pairs);
        CategoryRows rows = CategoryRows.of(responses.rows(), categories);
        MemorySegment z = network.encode(responses.ids(), rows.rows(), pass, context, arena)
                .last();
        network.endForward();
        double[] differences = new double[pairs.size()];
        Aggregator.Saved[] saved = new Aggregator.Saved[Category.values().length];
        for (Category category : Category.values()) {
            int c = category.ordinal();
            int[] own = rows.pairs()[c];
            if (own.length > 0) {
                MemorySegment states = z.asSlice((long) rows.first()[c] * width * Float.BYTES);
                saved[c] = aggregators.get(category).forward(states, 2 * own.length, arena);
                double[] ofCategory = PairRewards.differences(saved[c].rewards(), own.length);
                for (int i = 0; i < own.length; i++) {
                    differences[own[i]] = ofCategory[i];
                }
            }
        }
        return new Rewarded(rows, differences, saved);
    }
}
