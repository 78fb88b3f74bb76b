package io.witan.models;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.pipeline.PipelineTime;

/**
 * What pipeline degrees save of a layer's planned time, by the event model: each message pays the start-up of an exchange. Lanes don't slow
 * each other down, and pieces of experts have no start-up, as a plan measures neither. Backward takes as long for weights as for rows.
 *
 * @param deferring whether gradients of weights wait for gaps
 * @param startUpNs of an exchange
 */
record PipelineSaving(PipelineDegrees degrees, boolean deferring, long startUpNs) {
    private static final double NS_PER_MS = 1e6;

    /** Negative if cutting costs more than it hides. */
    long ns(LayerTime time) {
        double computeNs = time.computeNs();
        double forward = savedNs(time.allToAllNs(), computeNs, 0, degrees.forward());
        double backward = deferring
                ? savedNs(time.allToAllNs(), computeNs, computeNs, degrees.backward())
                : savedNs(time.allToAllNs(), 2 * computeNs, 0, degrees.backward());
        return Math.round(forward + backward);
    }

    private double savedNs(double allToAllNs, double computeNs, double deferredNs, int degree) {
        double startUp = Math.min(startUpNs, allToAllNs);
        double messageNs = startUp + (allToAllNs - startUp) / degree;
        ChunkTimes chunk = new ChunkTimes(
                degree, messageNs / NS_PER_MS, 0, computeNs / degree / NS_PER_MS, 0, deferredNs / degree / NS_PER_MS);
        return 2 * allToAllNs + computeNs + deferredNs - NS_PER_MS * PipelineTime.idealMs(chunk, 0);
    }
}
