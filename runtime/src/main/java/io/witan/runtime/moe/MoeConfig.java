package io.witan.runtime.moe;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.runtime.fssdp.BiasedFeedForwardLayout;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.fssdp.FeedForwardLayout;

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
 * @param gate how experts are chosen
 * @param sharedExperts FFNs of width F that every token passes beside the chosen experts
 * @param sharedGate whether a gate weights the shared experts' output
 * @param biased whether experts are {@link BiasedFeedForward}s
 * @param expertSharding S: shards of an expert, each of width F / S, to all of which its tokens go; 1: experts are whole
 */
public record MoeConfig(
        int width,
        int hidden,
        int experts,
        int topK,
        FeedForwardKernel.Activation activation,
        GateKernel.Weights weights,
        double auxLoss,
        double zLoss,
        GateConfig gate,
        int sharedExperts,
        boolean sharedGate,
        boolean biased,
        int expertSharding) {
    /** @throws IllegalArgumentException if gate or sharding do not fit, or the shared experts' width is negative or too large */
    public MoeConfig {
        if (expertSharding < 1 || hidden % expertSharding != 0) {
            throw new IllegalArgumentException("parallel.expert_sharding " + expertSharding
                    + " must be 1 or more and divide model.d_ff " + hidden);
        }
        if (sharedExperts < 0 || (long) sharedExperts * hidden > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("model.shared_experts " + sharedExperts + " times model.d_ff " + hidden
                    + " must be 0 to " + Integer.MAX_VALUE);
        }
        if (sharedGate && sharedExperts == 0) {
            throw new IllegalArgumentException("model.shared_gate needs model.shared_experts above 0");
        }
        if (biased && (activation.isGated() || sharedExperts > 0 || expertSharding > 1)) {
            throw new IllegalArgumentException(
                    "model.biases gpt2 needs model.activation gelu, model.shared_experts 0 and"
                            + " parallel.expert_sharding 1");
        }
        if (experts % gate.groups() != 0) {
            throw new IllegalArgumentException(
                    "model.gate.groups " + gate.groups() + " must divide model.experts " + experts);
        }
        if (topK > experts / gate.groups() * gate.groupLimit()) {
            throw new IllegalArgumentException("model.gate.group_limit " + gate.groupLimit() + " groups of "
                    + experts / gate.groups() + " experts have fewer than model.top_k " + topK);
        }
        if (gate.select() == GateConfig.Select.EXPERT_CHOICE && weights != GateKernel.Weights.PROBABILITY) {
            throw new IllegalArgumentException(
                    "model.gate.select expert_choice needs model.gate_weights probability, got renormalised");
        }
    }

    /** With whole experts, shared ones without a gate. */
    public MoeConfig(
            int width,
            int hidden,
            int experts,
            int topK,
            FeedForwardKernel.Activation activation,
            GateKernel.Weights weights,
            double auxLoss,
            double zLoss,
            GateConfig gate,
            int sharedExperts) {
        this(width, hidden, experts, topK, activation, weights, auxLoss, zLoss, gate, sharedExperts, false, false, 1);
    }

    /** Without shared experts. */
    public MoeConfig(
            int width,
            int hidden,
            int experts,
            int topK,
            FeedForwardKernel.Activation activation,
            GateKernel.Weights weights,
            double auxLoss,
            double zLoss,
            GateConfig gate) {
        this(width, hidden, experts, topK, activation, weights, auxLoss, zLoss, gate, 0);
    }

    /** With the plain gate and without shared experts. */
    public MoeConfig(
            int width,
            int hidden,
            int experts,
            int topK,
            FeedForwardKernel.Activation activation,
            GateKernel.Weights weights,
            double auxLoss,
            double zLoss) {
        this(width, hidden, experts, topK, activation, weights, auxLoss, zLoss, GateConfig.PLAIN);
    }

    /**
     * The same with experts in shards.
     *
     * @param degree S
     * @throws IllegalArgumentException if it does not divide F
     */
    public MoeConfig withExpertSharding(int degree) {
        return new MoeConfig(
                width,
                hidden,
                experts,
                topK,
                activation,
                weights,
                auxLoss,
                zLoss,
                gate,
                sharedExperts,
                sharedGate,
                biased,
                degree);
    }

    /**
     * The same with a gate for the shared experts.
     *
     * @throws IllegalArgumentException if there are none
     */
    public MoeConfig withSharedGate() {
        return new MoeConfig(
                width,
                hidden,
                experts,
                topK,
                activation,
                weights,
                auxLoss,
                zLoss,
                gate,
                sharedExperts,
                true,
                biased,
                expertSharding);
    }

    /**
     * The same with {@link BiasedFeedForward}s as experts.
     *
     * @throws IllegalArgumentException if they are gated or in shards, or there are shared experts
     */
    public MoeConfig withBiases() {
        return new MoeConfig(
                width,
                hidden,
                experts,
                topK,
                activation,
                weights,
                auxLoss,
                zLoss,
                gate,
                sharedExperts,
                sharedGate,
                true,
                expertSharding);
    }

    /** E S: what ranks own, copy and move. Shard s of expert e is number e S + s; where experts are whole it is the expert. */
    public int shards() {
        return experts * expertSharding;
    }

    /** K S: rows of a token that leave the gate. */
    public int rowsPerToken() {
        return topK * expertSharding;
    }

    /** F / S: hidden width of a shard. */
    public int shardHidden() {
        return hidden / expertSharding;
    }

    /** H: hidden width of all shared experts together; 0 if there are none. */
    public int sharedHidden() {
        return sharedExperts * hidden;
    }

    /** Shape of a chunk: of one expert, or of one shard. */
    public ExpertLayout expertLayout() {
        return biased ? biasedLayout() : new FeedForwardLayout(width, shardHidden(), activation);
    }

    /** That of a {@link BiasedFeedForward}. */
    public BiasedFeedForwardLayout biasedLayout() {
        return new BiasedFeedForwardLayout(width, hidden);
    }
}
