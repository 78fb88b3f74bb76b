package io.witan.models.gpt;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.TaskRouting;
import java.util.Locale;

/** Section {@code model} of a recipe. */
public record GptMoeConfig(
        @Doc("model width D") @Default("128") @Range(min = 1) int dModel,
        @Doc("blocks, each with attention and an MoE layer") @Default("4") @Range(min = 1) int layers,
        @Doc("attention heads; divides d_model") @Default("4") @Range(min = 1) int heads,
        @Doc("positions of a sequence") @Default("128") @Range(min = 1) int seqLen,
        @Doc("experts of a layer") @Default("8") @Range(min = 1) int experts,
        @Doc("expert width F") @Default("256") @Range(min = 1) int dFf,
        @Doc("experts a token") @Default("2") @Range(min = 1) int topK,
        @Doc(
                        "experts that every token passes beside the chosen ones: one dense FFN of that many times d_ff, which every rank has; 0: none")
                @Default("0")
                @Range(min = 0)
                int sharedExperts,
        @Doc("non-linearity of the experts") @Default("swiglu") FeedForwardKernel.Activation activation,
        @Doc("how attention knows positions") @Default("rotary") Positions positions,
        @Doc("normalisation") @Default("rmsnorm") Norm norm,
        @Doc("added to the variance") @Default("1e-5") @Range(above = 0) double normEpsilon,
        @Doc("how a token's experts are chosen") GateConfig gate,
        @Doc("weights of the chosen experts") @Default("renormalised") GateKernel.Weights gateWeights,
        @Doc("factor on the load-balancing loss") @Default("0.01") @Range(min = 0) double auxLoss,
        @Doc("factor on the router z-loss") @Default("0.001") @Range(min = 0) double zLoss,
        @Doc("activations that backward computes again") @Default("none") TransformerBlock.Recompute recompute,
        @Doc("where initial weights come from") @Default("normal") Init init,
        @Doc("deviation of the initial weights") @Default("0.02") @Range(min = 0) double initStd,
        @Doc("divide the deviation of residual outputs by the root of twice the layers") @Default("true")
                boolean scaledOutputInit) {
    /** Position information. */
    public enum Positions {
        /** An embedding for each position, added to the token's. */
        LEARNED,
        /** Queries and keys rotated by their position. */
        ROTARY
    }

    /** Kind of normalisation. */
    public enum Norm {
        /** Mean and variance, with gain and bias. */
        LAYERNORM,
        /** Root mean square, with gain. */
        RMSNORM
    }

    /** Source of initial weights. */
    public enum Init {
        /** Normal values from the run's seed and each tensor's name. */
        NORMAL,
        /** Uniform values of one generator in declaration order, seed 42: for comparison with other programs. */
        REPLAY
    }

    /** Refuses combinations that no single key shows. */
    public GptMoeConfig {
        if (dModel % heads != 0) {
            throw new IllegalArgumentException(
                    "model.d_model " + dModel + " must be a multiple of model.heads " + heads);
        }
        if (positions == Positions.ROTARY && dModel / heads % 2 != 0) {
            throw new IllegalArgumentException("model.positions rotary needs an even head width, got model.d_model "
                    + dModel + " / model.heads " + heads);
        }
        if (topK > experts) {
            throw new IllegalArgumentException("model.top_k " + topK + " must not exceed model.experts " + experts);
        }
        new MoeConfig(dModel, dFf, experts, topK, activation, gateWeights, auxLoss, zLoss, gate, sharedExperts);
    }

    /** The MoE layers' configuration. */
    public MoeConfig moe() {
        return new MoeConfig(dModel, dFf, experts, topK, activation, gateWeights, auxLoss, zLoss, gate, sharedExperts);
    }

    /** Names the architecture and every size that a checkpoint depends on. */
    public String fingerprint(int vocabulary) {
        String parameters = "gpt-moe d=%d layers=%d heads=%d seq=%d experts=%d ff=%d top_k=%d %s %s %s%s%s vocab=%d"
                .formatted(
                        dModel,
                        layers,
                        heads,
                        seqLen,
                        experts,
                        dFf,
                        topK,
                        activation,
                        positions,
                        norm,
                        gateTensors(),
                        sharedExperts > 0 ? " shared=" + sharedExperts : "",
                        vocabulary);
        return parameters.toLowerCase(Locale.ROOT);
    }

    /** Names what the plain gate does not have. */
    private String gateTensors() {
        String biases = gate.biasRate() > 0 ? " biased" : "";
        return biases
                + switch (gate.logits()) {
                    case LINEAR -> gate.select() == GateConfig.Select.SOFT ? " slots=" + gate.slots() : "";
                    case NOISY -> " noisy";
                    case COSINE -> " cosine=" + gate.cosineWidth(dModel);
                }
                + taskTensors();
    }

    private String taskTensors() {
        TaskRouting task = gate.task();
        return switch (task.by()) {
            case NONE -> "";
            case BIAS -> " task_bias=" + task.count();
            case EMBEDDING -> " task_embedding=" + task.count() + "x" + task.embeddingWidth(dModel);
            case ROUTER -> " task_router=" + task.count();
        };
    }
}
