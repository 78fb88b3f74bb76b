package io.witan.scheduler.step;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.ChunkTimes;

/**
 * What a micro-batch of a model of alike layers does on a rank.
 *
 * @param layers 1 or more
 * @param attentionMs forward of what comes before a layer's experts; backward is twice that
 * @param forward a chunk of a MoE layer's forward, with a whole degree and nothing to gather or scatter
 * @param backward likewise
 * @param recompute whether a layer's backward runs its forward again first
 * @param gradients all-reduces beside backward, and after it
 */
public record StepWork(
        int layers,
        double attentionMs,
        ChunkTimes forward,
        ChunkTimes backward,
        boolean recompute,
        Contention contention,
        GradientTimes gradients) {
    /** @throws IllegalArgumentException without a layer */
    public StepWork {
        if (layers < 1) {
            throw new IllegalArgumentException("step of " + layers + " layers; allowed 1 or more");
        }
    }
}
