package io.witan.scheduler.simulate;

/**
 * A mixture-of-experts model and what one rank trains of it at once.
 *
 * @param layers L, each with attention and an MoE layer
 * @param width model width D
 * @param hidden expert width F
 * @param matrices of D x F in an expert: 2, or 3 with a gate
 * @param keyValueShare width of keys and values over D: 1, or less with grouped queries
 * @param experts E of a layer
 * @param topK experts of a token
 * @param sequence positions
 * @param tokensPerRank of a micro-batch
 * @param microBatches of an iteration
 * @param valueBytes of a parameter, a gradient, or an element of a token's row as they travel
 * @param recompute whether backward runs forward again
 */
public record ModelShape(
        int layers,
        int width,
        int hidden,
        int matrices,
        double keyValueShare,
        int experts,
        int topK,
        int sequence,
        int tokensPerRank,
        int microBatches,
        int valueBytes,
        Recompute recompute) {
    /** What backward computes again. */
    public enum Recompute {
        /** Nothing. */
        NONE,
        /** All of a layer, with its exchanges. */
        LAYER
    }

    /** @throws IllegalArgumentException if a number is below 1, or a token has more experts than a layer */
    public ModelShape {
        if (Math.min(Math.min(layers, width), Math.min(hidden, matrices)) < 1
                || Math.min(Math.min(experts, topK), Math.min(sequence, tokensPerRank)) < 1
                || Math.min(microBatches, valueBytes) < 1
                || keyValueShare <= 0) {
            throw new IllegalArgumentException("model shape: every number must be 1 or more");
        }
        if (topK > experts) {
            throw new IllegalArgumentException("model shape: " + topK + " experts a token of " + experts);
        }
    }

    /** Parameters of an expert. */
    public long expertParameters() {
        return (long) width * hidden * matrices;
    }

    /** Bytes of an expert's parameters as they travel. */
    public long expertBytes() {
        return expertParameters() * valueBytes;
    }

    /** Bytes of an expert that change hands with its ownership: parameters, and master copy and two moments in fp32. */
    public long stateBytes() {
        return expertParameters() * (valueBytes + 3L * Float.BYTES);
    }

    /** Bytes of an assignment's row, one way. */
    public long assignmentBytes() {
        return (long) width * valueBytes;
    }

    /** Operations of an expert's forward for an assignment. */
    public double assignmentFlops() {
        return 2.0 * expertParameters();
    }

    /** Parameters of a layer that all ranks have. */
    public double denseParameters() {
        return width * (double) width * (2 + 2 * keyValueShare) + (double) width * experts;
    }

    /** Operations of the forward of a layer's attention on one rank: projections, scores and mixing, the masked half included. */
    public double attentionFlops() {
        double token = 2.0 * width * width * (2 + 2 * keyValueShare) + 4.0 * sequence * width;
        return token * tokensPerRank;
    }

    /** Assignments of a rank's tokens in a micro-batch. */
    public long assignmentsPerRank() {
        return (long) tokensPerRank * topK;
    }
}
