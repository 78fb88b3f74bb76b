package io.witan.scheduler.pipeline;

/**
 * Times of one of r equal chunks of a layer, alone on their lanes.
 *
 * @param degree r, 1 or more; a real number, since the paper's closed forms are minimised over those
 * @param allToAllMs dispatch, and as much again combine
 * @param allGatherMs inside the node, before the expert
 * @param expertMs forward, or all of backward
 * @param reduceScatterMs inside the node, after the expert
 */
public record ChunkTimes(
        double degree, double allToAllMs, double allGatherMs, double expertMs, double reduceScatterMs) {
    /** @throws IllegalArgumentException if the degree is below 1, or a time negative or not finite */
    public ChunkTimes {
        double sum = degree + allToAllMs + allGatherMs + expertMs + reduceScatterMs;
        double least = Math.min(Math.min(allToAllMs, allGatherMs), Math.min(expertMs, reduceScatterMs));
        if (!(degree >= 1) || !(least >= 0) || !Double.isFinite(sum)) {
            throw new IllegalArgumentException("chunk of " + degree + ": " + allToAllMs + ", " + allGatherMs + ", "
                    + expertMs + ", " + reduceScatterMs + " ms; allowed degree 1 or more, times 0 or more, finite");
        }
    }

    /** Both collectives inside the node. */
    public double insideMs() {
        return allGatherMs + reduceScatterMs;
    }

    /** All chunks' work, one after another. */
    public double serialMs() {
        return degree * (2 * allToAllMs + insideMs() + expertMs);
    }
}
