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

    /** In forward order. */
    List<MoeLayer> moeLayers();

    /**
     * Forward and backward of this rank's rows, which may be none. Adds to the gradients; in the last micro-batch also
     * starts each layer's gradient reduction.
     *
     * @param progress in the last micro-batch, hears which dense gradients are complete
     * @return losses of the rows
     */
    BatchLoss forwardBackward(B batch, StepContext context, GradientProgress progress);

    /** Losses of this rank's rows, which may be none; no gradients. */
    BatchLoss evaluate(B batch);
}
