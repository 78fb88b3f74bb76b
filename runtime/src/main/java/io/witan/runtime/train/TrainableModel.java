package io.witan.runtime.train;

import io.witan.runtime.data.Batch;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.dense.GradientProgress;
import java.util.List;

/**
 * A model with MoE layers that {@link TrainStep} can train.
 *
 * @param <B> form of the batches that it takes
 */
public interface TrainableModel<B extends Batch<B>> {
    /** Parameters, moments and gradients of this rank. */
    TrainingState state();

    /**
     * A phase begins, or goes on after a resume: what follows is of it, evaluations too. Its trained tensors are known to the
     * state by now.
     */
    default void beginPhase(TrainingPhase phase) {}

    /** In forward order. */
    List<MoeLayer> moeLayers();

    /**
     * Forward and backward of this rank's rows, which may be none. Adds to the gradients, those of frozen tensors excepted; in
     * the last micro-batch also starts the gradient reduction of each MoE layer that it came through. All ranks come through
     * the same ones, in the same order.
     *
     * @param progress in the last micro-batch, hears which dense gradients are complete
     * @return losses of the rows
     */
    BatchLoss forwardBackward(B batch, StepContext context, GradientProgress progress);

    /** Losses of this rank's rows, which may be none; no gradients. */
    BatchLoss evaluate(B batch);
}
