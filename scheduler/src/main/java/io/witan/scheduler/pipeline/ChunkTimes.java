package io.witan.scheduler.pipeline;

import java.util.stream.DoubleStream;

/**
 * Times of one of r equal chunks of a layer, alone on their lanes.
 *
 * @param degree r, 1 or more; a real number, since the paper's closed forms are minimised over those
 * @param allToAllMs dispatch, and as much again combine
 * @param allGatherMs inside the node, before the expert
 * @param expertMs forward, or all of backward that is not deferred
 * @param reduceScatterMs inside the node, after the expert
 * @param deferredMs of the experts too, after {@code expertMs}, but nothing waits for it: gradients of weights
 */
public record ChunkTimes(
        double degree,
        double allToAllMs,
        double allGatherMs,
        double expertMs,
        double reduceScatterMs,
        double deferredMs) {
    /** @throws IllegalArgumentException if the degree is below 1, or a time negative or not finite */
    public ChunkTimes {
        double sum = degree + allToAllMs + allGatherMs + expertMs + reduceScatterMs + deferredMs;
        double least = DoubleStream.of(allToAllMs, allGatherMs, expertMs, reduceScatterMs, deferredMs)
                .min()
                .orElseThrow();
        if (!(degree >= 1) || !(least >= 0) || !Double.isFinite(sum)) {
            throw new IllegalArgumentException("chunk of " + degree + ": " + allToAllMs + ", " + allGatherMs + ", "
                    + expertMs + ", " + reduceScatterMs + ", " + deferredMs
                    + " ms; allowed degree 1 or more, times 0 or more, finite");
        }
    }

    /** Nothing is deferred. */
    public ChunkTimes(double degree, double allToAllMs, double allGatherMs, double expertMs, double reduceScatterMs) {
        this(degree, allToAllMs, allGatherMs, expertMs, reduceScatterMs, 0);
    }

    /** Both collectives inside the node. */
    public double insideMs() {
        return allGatherMs + reduceScatterMs;
    }

    /** All chunks' work, one after another. */
    public double serialMs() {
        return degree * (2 * allToAllMs + insideMs() + expertMs + deferredMs);
    }
}
