package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * The router after its projection: softmax over E experts, the K most probable of them, their weights. The order is that
 * of the logits (ties: lower expert id), so that it holds where probabilities underflow. A token with a NaN probability
 * gets experts 0..K-1 and NaN weights.
 */
public interface GateKernel {
    /** How the weights of the chosen experts follow from their probabilities. */
    enum Weights {
        /** p_i / (sum of the chosen p): the weights add up to 1. */
        RENORMALISED,
        /** p_i as it is. */
        PROBABILITY
    }

    /**
     * @param logits [T, E]
     * @param probabilities [T, E], out
     * @param expert [T, K] int32, out: chosen experts, most probable first
     * @param weight [T, K], out
     * @param logSumExp [T], out: log of the sum of exp(logits), for the z-loss
     */
    void forward(
            MemorySegment logits,
            Shape shape,
            Weights weights,
            MemorySegment probabilities,
            MemorySegment expert,
            MemorySegment weight,
            MemorySegment logSumExp);

    /**
     * dLogits of: the chosen weights, plus a loss linear in the probabilities (load balance: for all tokens alike
     * dL/dp_e = balance[e]), plus zScale * sum over tokens of logSumExp^2.
     *
     * @param saved outputs of {@link #forward}
     * @param dWeight [T, K]
     * @param balance [E]
     * @param zScale multiplies the derivative of the squared logSumExp; 0 for none
     * @param dLogits [T, E], out
     */
    void backward(
            Saved saved,
            Shape shape,
            Weights weights,
            MemorySegment dWeight,
            MemorySegment balance,
            float zScale,
            MemorySegment dLogits);

    /** counts [E] int32, out: assignments of each expert in expert [T, K]. */
    void histogram(MemorySegment expert, Shape shape, MemorySegment counts);

    /** T tokens, E experts, K chosen of them. */
    record Shape(int tokens, int experts, int topK) {
        /** @throws IllegalArgumentException unless T is 0 or more and K in 1..E */
        public Shape {
            if (tokens < 0 || experts < 1 || topK < 1 || topK > experts) {
                throw new IllegalArgumentException("gate of " + tokens + " tokens, " + experts + " experts, top " + topK
                        + ": needs tokens >= 0 and 1 <= topK <= experts");
            }
        }
    }

    /** What backward needs of forward, shapes as there. The experts of a token differ from each other. */
    record Saved(MemorySegment probabilities, MemorySegment expert, MemorySegment weight, MemorySegment logSumExp) {}
}
