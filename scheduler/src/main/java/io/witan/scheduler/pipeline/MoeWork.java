package io.witan.scheduler.pipeline;

import io.witan.scheduler.fit.LinearTime;

/**
 * What one MoE layer does in one direction: three collectives and the experts, each a line and a size. The size is divided by the
 * degree, the start-up is paid by each chunk.
 *
 * @param deferred what experts do that nothing waits for
 */
public record MoeWork(Part allToAll, Part allGather, Part expert, Part reduceScatter, Part deferred) {
    /** Nothing is deferred. */
    public MoeWork(Part allToAll, Part allGather, Part expert, Part reduceScatter) {
        this(allToAll, allGather, expert, reduceScatter, Part.NONE);
    }

    /**
     * @param size of the whole layer, in the unit of the line
     */
    public record Part(LinearTime time, double size) {
        /** Costs nothing. */
        public static final Part NONE = new Part(LinearTime.ZERO, 0);

        /** @throws IllegalArgumentException if the size is negative or not finite */
        public Part {
            if (!(size >= 0) || !Double.isFinite(size)) {
                throw new IllegalArgumentException("size " + size + " of a layer's part; allowed 0 or more, finite");
            }
        }

        double chunkMs(double degree) {
            return time.ms(size / degree);
        }
    }

    /** @param degree 1 or more */
    public ChunkTimes chunk(double degree) {
        return new ChunkTimes(
                degree,
                allToAll.chunkMs(degree),
                allGather.chunkMs(degree),
                expert.chunkMs(degree),
                reduceScatter.chunkMs(degree),
                deferred.chunkMs(degree));
    }

    /**
     * As {@link #chunk(double)}, with experts that compute a chunk in several pieces, one after another, each of which pays the start-up. Pieces of
     * a chunk arrive and leave together, so they are one task of their lane.
     *
     * @param degree chunks in which rows travel, 1 or more
     * @param pieces in which the layer's rows are computed, a multiple of the degree
     * @throws IllegalArgumentException if it is none
     */
    public ChunkTimes chunk(int degree, int pieces) {
        if (degree < 1 || pieces % degree != 0 || pieces < degree) {
            throw new IllegalArgumentException(
                    pieces + " pieces in " + degree + " chunks; allowed degree 1 or more, and multiples of it");
        }
        return new ChunkTimes(
                degree,
                allToAll.chunkMs(degree),
                allGather.chunkMs(degree),
                pieces / degree * expert.chunkMs(pieces),
                reduceScatter.chunkMs(degree),
                pieces / degree * deferred.chunkMs(pieces));
    }

    /**
     * The layer's backward: collectives mirror each other (gather and scatter change places), experts do twice the work: both numbers of
     * their line double, the size does not (the paper's text doubles the size too, its code doesn't).
     */
    public MoeWork backward() {
        return new MoeWork(allToAll, reduceScatter, new Part(expert.time.times(2), expert.size), allGather);
    }
}
