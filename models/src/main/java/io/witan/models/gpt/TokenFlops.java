package io.witan.models.gpt;

/**
 * Floating-point operations of matrix products that a token takes forward, 2 for a multiplication and addition; backward takes twice as
 * many of each part. Attention counts over the whole sequence, of which a causal kernel may do half.
 *
 * @param experts routed ones, in all layers
 * @param other attention, routers, shared experts and output projection
 */
public record TokenFlops(long experts, long other) {
    /** Of a model with so many token ids. */
    public static TokenFlops of(GptMoeConfig model, int vocabulary) {
        long d = model.dModel();
        long expert = 2L * model.activation().matrices() * d * model.dFf();
        long attention = 2 * (2 * d * (d + model.kvWidth()) + 2L * model.seqLen() * d);
        long router = 2L * model.experts() * (d + model.gate().task().embeddingWidth(model.dModel()));
        long shared = model.sharedExperts() * expert + (model.sharedGate() ? 2 * d : 0);
        return new TokenFlops(
                model.layers() * model.topK() * expert,
                model.layers() * (attention + router + shared) + 2L * vocabulary * d);
    }

    /** Part of all that experts do, 0 to 1. */
    public double expertShare() {
        return (double) experts / (experts + other);
    }
}
