package io.witan.models.seq2seq;

import io.witan.kernels.NormKernel;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.models.family.ModelParts;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeConfig.Biases;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeConfig.Positions;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.CrossAttention;
import io.witan.runtime.layer.CrossBlock;
import io.witan.runtime.layer.EncoderBlock;
import io.witan.runtime.layer.FeedForwardLayer;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.layer.RaggedSelfAttention;
import io.witan.runtime.layer.TransformerBlock.Recompute;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.TaskRouting;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.routing.Mixed;
import io.witan.runtime.state.Parameter;
import java.util.List;
import java.util.stream.IntStream;

/** Builds encoder and decoder of their tensors. */
public final class SequenceBuilder {
    private final RankRuntime runtime;
    private final GptMoeConfig model;
    private final DecoderShape decoder;
    private final ModelParts parts;
    private final RaggedEmbedding embedding;

    /**
     * @param model describes the encoder, {@link #requireFits}
     * @param parts its state holds the tensors of {@link GptMoeTensors} and {@link DecoderTensors}; stays the caller's
     */
    public SequenceBuilder(GptMoeConfig model, DecoderShape decoder, ModelParts parts) {
        this.runtime = parts.runtime();
        this.model = model;
        this.decoder = decoder;
        this.parts = parts;
        this.embedding = new RaggedEmbedding(
                runtime.kernels(), tensor(GptMoeTensors.TOKEN), tensor(GptMoeTensors.POSITION), model.dModel());
    }

    /**
     * Refuses what cannot be built.
     *
     * @param section of the recipe that asks for it, for the message
     * @param tasks whose numbers a gate may hear of
     * @throws ConfigException in one line
     */
    public static void requireFits(String section, GptMoeConfig model, List<String> tasks) {
        require(section, model.positions() == Positions.LEARNED, "model.positions must be learned");
        require(section, model.tiedEmbeddings(), "model.tied_embeddings must be true");
        require(section, model.groupHeads() == model.heads(), "model.kv_heads must be 0");
        require(
                section,
                !model.qkvBias() && model.biases() == Biases.NONE,
                "model.qkv_bias must be false and model.biases none");
        require(section, model.recompute() == Recompute.NONE, "model.recompute must be none");
        require(section, model.gate().select() != GateConfig.Select.SOFT, "model.gate.select must not be soft");
        require(
                section,
                model.gate().task().by() == TaskRouting.By.NONE
                        || model.gate().task().count() >= tasks.size(),
                "model.gate.task.count must be at least " + tasks.size() + ", the tasks " + String.join(", ", tasks));
    }

    private static void require(String section, boolean holds, String rule) {
        if (!holds) {
            throw new ConfigException("section " + section + ": " + rule);
        }
    }

    /** The encoder. */
    public SharedEncoder encoder() {
        int[][] owners = parts.state().owners();
        return new SharedEncoder(
                embedding,
                IntStream.range(0, model.layers())
                        .mapToObj(l -> encoderBlock(l, owners[l]))
                        .toList());
    }

    /** The decoder that generates. */
    public Generation generation() {
        List<CrossBlock> blocks = IntStream.range(0, decoder.layers())
                .mapToObj(l -> crossBlock(DecoderTensors.generation(l)))
                .toList();
        return new Generation(
                runtime.kernels(),
                new Generation.Parts(
                        norm(GptMoeTensors.FINAL_NORM), embedding, blocks, head(DecoderTensors.GENERATION_NORM)),
                model.dModel());
    }

    /** The projection with the embedding. @param norm beginning of the one before it */
    public SideHead head(String norm) {
        Parameter token = tensor(GptMoeTensors.TOKEN);
        int vocabulary = (int) token.spec().shape()[0];
        LanguageModelHead head =
                LanguageModelHead.tied(runtime.kernels(), norm(norm), token, model.dModel(), vocabulary);
        return new SideHead(runtime.kernels(), head, model.dModel(), vocabulary);
    }

    private EncoderBlock encoderBlock(int l, int[] owner) {
        return new EncoderBlock(
                norm(GptMoeTensors.attentionNorm(l)),
                attention(GptMoeTensors.layer(l), Reach.FULL),
                norm(GptMoeTensors.moeNorm(l)),
                moe(l, owner),
                model.dModel(),
                runtime.timeline());
    }

    private MoeLayer moe(int l, int[] owner) {
        MoeConfig moe = model.moe().withExpertSharding(parts.ways().expertSharding());
        LayerExperts held =
                new LayerExperts(l, moe.expertLayout(), owner, parts.state(), parts.buffers(), runtime.parameters());
        MoeParts layer = LayerParts.configured(
                        runtime,
                        moe,
                        new GateParts.Given(
                                GptMoeTensors.router(l), this::tensor, model.seqLen(), Mixed.bits(parts.seed(), l)))
                .withShared(LayerParts.shared(runtime, moe, GptMoeTensors.shared(l), this::tensor))
                .withDispatch(parts.ways().dispatch())
                .withExchange(parts.ways().allToAll().of(runtime, l));
        return new MoeLayer(runtime, moe, held, layer);
    }

    private CrossBlock crossBlock(String block) {
        CrossAttention cross = new CrossAttention(
                runtime.kernels(),
                new CrossAttention.Projections(
                        tensor(block + DecoderTensors.CROSS_QUERY),
                        null,
                        tensor(block + DecoderTensors.CROSS_KEY_VALUE),
                        null,
                        tensor(block + DecoderTensors.CROSS_OUT),
                        null),
                model.dModel(),
                model.heads());
        return new CrossBlock(
                new CrossBlock.Parts(
                        norm(block + DecoderTensors.ATTENTION_NORM),
                        attention(block, Reach.CAUSAL),
                        norm(block + DecoderTensors.CROSS_NORM),
                        cross,
                        norm(block + DecoderTensors.FFN_NORM),
                        feedForward(block)),
                model.dModel());
    }

    /** Self-attention of a block. @param block beginning of its names */
    public RaggedSelfAttention attention(String block, Reach reach) {
        return new RaggedSelfAttention(
                runtime.kernels(),
                new AttentionLayer.Projections(
                        tensor(block + GptMoeTensors.ATTENTION_QKV),
                        null,
                        tensor(block + GptMoeTensors.ATTENTION_OUT),
                        null),
                model.dModel(),
                model.heads(),
                reach);
    }

    /** Dense FFN of a decoder's block. @param block beginning of its names */
    public FeedForwardLayer feedForward(String block) {
        return new FeedForwardLayer(
                runtime.kernels(),
                new FeedForwardLayer.Matrices(
                        tensor(block + DecoderTensors.INNER),
                        tensor(block + DecoderTensors.INNER_BIAS),
                        tensor(block + DecoderTensors.OUTER),
                        tensor(block + DecoderTensors.OUTER_BIAS)),
                model.dModel(),
                decoder.hidden());
    }

    /** A norm. @param name beginning of its tensors' names */
    public NormLayer norm(String name) {
        boolean centred = model.norm() == Norm.LAYERNORM;
        NormKernel kernel =
                centred ? runtime.kernels().layerNorm() : runtime.kernels().rmsNorm();
        return new NormLayer(
                kernel,
                tensor(name + GptMoeTensors.GAIN),
                centred ? tensor(name + GptMoeTensors.BIAS) : null,
                model.dModel(),
                (float) model.normEpsilon());
    }

    private Parameter tensor(String name) {
        return parts.state().parameter(name);
    }
}
