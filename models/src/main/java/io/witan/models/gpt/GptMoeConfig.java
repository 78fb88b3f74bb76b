package io.witan.models.gpt;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;
import io.witan.runtime.config.ConfigException;
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
        @Doc(
                        "heads of keys and values, each for as many neighbouring heads of queries; divides heads; 0: as many as heads")
                @Default("0")
                @Range(min = 0)
                int kvHeads,
        @Doc("add a bias to queries, keys and values") @Default("false") boolean qkvBias,
        @Doc("positions of a sequence") @Default("128") @Range(min = 1) int seqLen,
        @Doc("experts of a layer") @Default("8") @Range(min = 1) int experts,
        @Doc("expert width F") @Default("256") @Range(min = 1) int dFf,
        @Doc("experts a token") @Default("2") @Range(min = 1) int topK,
        @Doc(
                        "experts that every token passes beside the chosen ones: one dense FFN of that many times d_ff, which every rank has; 0: none")
                @Default("0")
                @Range(min = 0)
                int sharedExperts,
        @Doc("weight what the shared experts give a token by the sigmoid of a linear gate") @Default("false")
                boolean sharedGate,
        @Doc("non-linearity of the experts") @Default("swiglu") FeedForwardKernel.Activation activation,
        @Doc(
                        "biases besides those of queries, keys and values: gpt2 has them at attention's output and at both products of"
                                + " an expert, whose gelu is the tanh approximation then")
                @Default("none")
                Biases biases,
        @Doc("how attention knows positions") @Default("rotary") Positions positions,
        @Doc("rotary positions: greatest wavelength over 2 pi") @Default("10000") @Range(above = 0) double ropeTheta,
        @Doc("normalisation") @Default("rmsnorm") Norm norm,
        @Doc("added to the variance") @Default("1e-5") @Range(above = 0) double normEpsilon,
        @Doc(
                        "token ids that embedding and output projection have room for, at least the data's; 0: as many as the data has")
                @Default("0")
                @Range(min = 0, max = 1 << 24)
                int vocabSize,
        @Doc("project to the vocabulary with the embedding's matrix, without one of the output's own") @Default("false")
                boolean tiedEmbeddings,
        @Doc("how a token's experts are chosen") GateConfig gate,
        @Doc("weights of the chosen experts") @Default("renormalised") GateKernel.Weights gateWeights,
        @Doc("factor on the load-balancing loss") @Default("0.01") @Range(min = 0) double auxLoss,
        @Doc("factor on the router z-loss") @Default("0.001") @Range(min = 0) double zLoss,
        @Doc("activations that backward computes again") @Default("none") TransformerBlock.Recompute recompute,
        @Doc("where initial weights come from") @Default("normal") Init init,
        @Doc("deviation of the initial weights") @Default("0.02") @Range(min = 0) double initStd,
        @Doc("divide the deviation of residual outputs by the root of twice the layers") @Default("true")
                boolean scaledOutputInit) {
    private static final double PLAIN_THETA = 10_000;

    /** Position information. */
    public enum Positions {
        /** An embedding for each position, added to the token's. */
        LEARNED,
        /** Queries and keys rotated by their position. */
        ROTARY
    }

    /** Biases of attention's output and of experts. */
    public enum Biases {
        /** Neither. */
        NONE,
        /** Both. */
        GPT2
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
        if (kvHeads > 0 && heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "model.kv_heads " + kvHeads + " must divide model.heads " + heads + ", or be 0 for as many");
        }
        if (positions == Positions.ROTARY && dModel / heads % 2 != 0) {
            throw new IllegalArgumentException("model.positions rotary needs an even head width, got model.d_model "
                    + dModel + " / model.heads " + heads);
        }
        if (topK > experts) {
            throw new IllegalArgumentException("model.top_k " + topK + " must not exceed model.experts " + experts);
        }
        moe(
                new MoeConfig(dModel, dFf, experts, topK, activation, gateWeights, auxLoss, zLoss, gate, sharedExperts),
                sharedGate,
                biases);
    }

    /** The MoE layers' configuration. */
    public MoeConfig moe() {
        return moe(
                new MoeConfig(dModel, dFf, experts, topK, activation, gateWeights, auxLoss, zLoss, gate, sharedExperts),
                sharedGate,
                biases);
    }

    private static MoeConfig moe(MoeConfig plain, boolean gated, Biases biases) {
        MoeConfig shared = gated ? plain.withSharedGate() : plain;
        return biases == Biases.GPT2 ? shared.withBiases() : shared;
    }

    /** Whether attention's output and experts have biases. */
    public boolean hasBiases() {
        return biases == Biases.GPT2;
    }

    /** Heads of keys and values. */
    public int groupHeads() {
        return kvHeads == 0 ? heads : kvHeads;
    }

    /** Width of keys, and of values. */
    public int kvWidth() {
        return groupHeads() * (dModel / heads);
    }

    /**
     * Rows of the embedding.
     *
     * @param ids that the data has
     * @throws ConfigException if there is no room for them
     */
    public int vocabulary(int ids) {
        if (vocabSize > 0 && ids > vocabSize) {
            throw new ConfigException("model.vocab_size " + vocabSize + " has no room for the " + ids
                    + " token ids of the data (data.tokenizer, data.vocabulary_size)");
        }
        return vocabSize == 0 ? ids : vocabSize;
    }

    /** Names the architecture and every size that a checkpoint depends on. */
    public String fingerprint(int vocabulary) {
        String parameters = "gpt-moe d=%d layers=%d heads=%d seq=%d experts=%d ff=%d top_k=%d %s %s %s%s%s%s vocab=%d"
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
                        otherTensors(),
                        vocabulary);
        return parameters.toLowerCase(Locale.ROOT);
    }

    /** Names what differs from a model of as many heads of keys as of queries, without biases, ungated and untied. */
    private String otherTensors() {
        return (groupHeads() < heads ? " kv_heads=" + groupHeads() : "")
                + (qkvBias ? " qkv_bias" : "")
                + (hasBiases() ? " biases" : "")
                + (sharedGate ? " shared_gate" : "")
                + (ropeTheta == PLAIN_THETA || positions == Positions.LEARNED ? "" : " rope_theta=" + ropeTheta)
                + (tiedEmbeddings ? " tied" : "");
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
