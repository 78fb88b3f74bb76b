package io.witan.runtime.moe.gate;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.AuxiliaryLosses;
import java.lang.foreign.MemorySegment;

/**
 * Part of a gate: what logits are worth. Scores s [T, E] order the experts of a token and become the weights of the chosen ones: as they
 * are, or divided by their sum over these.
 */
interface Scores {
    /** Scores of all experts, and the K best with their weights; segments are the kernels', in the arena. */
    Scored score(MemorySegment logits, GateKernel.Shape shape, StepArena arena);

    /**
     * Weights for other experts than the best.
     *
     * @param scored of {@link #score}, in host memory
     * @param expert those of token t
     * @param weight one for each, out
     */
    void weigh(Scored scored, int t, int[] expert, double[] weight);

    /**
     * dLogits of weights and losses, for any choice of experts.
     *
     * @param scored of {@link #score}, with the experts that were chosen and their weights
     * @param dWeight [T, K]
     * @param balance [E]: derivative of the balance loss by a token's share of an expert
     * @param zScale factor on the derivative of the squared log-sum-exp
     * @param dLogits [T, E], out
     */
    void backward(
            Scored scored,
            MemorySegment dWeight,
            MemorySegment balance,
            float zScale,
            MemorySegment dLogits,
            StepArena arena);

    /**
     * @param scored scores and log-sum-exp in host memory
     * @param load assignments of each expert over all ranks
     * @param tokens of the step over all ranks
     */
    AuxiliaryLosses losses(Scored scored, long[] load, long tokens);
}
