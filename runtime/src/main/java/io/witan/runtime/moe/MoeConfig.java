package io.witan.runtime.moe;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.runtime.fssdp.ExpertLayout;

/**
 * Shape and losses of an MoE layer.
 *
 * @param width model width D
 * @param hidden expert width F
 * @param experts E
 * @param topK experts a token, 1..E
 * @param activation of the experts
 * @param weights how the chosen experts' outputs are weighted
 * @param auxLoss factor on the load-balancing loss E sum_e f_e P_e (Switch Transformer, section 2.2)
 * @param zLoss factor on the mean squared log-sum-exp of the router's logits (ST-MoE)
 */
public record MoeConfig(
        int width,
        int hidden,
        int experts,
        int topK,
        FeedForwardKernel.Activation activation,
        GateKernel.Weights weights,
        double auxLoss,
        double zLoss) {
    /** Shape of one expert's chunk. */
    public ExpertLayout expertLayout() {
        return new ExpertLayout(width, hidden, activation);
    }
}
