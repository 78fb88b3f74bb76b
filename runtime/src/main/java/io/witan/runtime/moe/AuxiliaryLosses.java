package io.witan.runtime.moe;

/**
 * A rank's part of a layer's auxiliary losses, before their factors; sums over ranks and micro-batches are the losses of a step.
 *
 * @param balance E sum_e f_e P_e, 1 at perfect balance (Switch Transformer, section 2.2)
 * @param squaredLogSumExp mean squared log-sum-exp of the logits (ST-MoE)
 */
public record AuxiliaryLosses(double balance, double squaredLogSumExp) {
    public static final AuxiliaryLosses NONE = new AuxiliaryLosses(0, 0);
}
