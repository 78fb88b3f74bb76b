package io.witan.models.jiuzhang;

import io.witan.kernels.NormKernel;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.models.gpt.GptMoe;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.jiuzhang.collate.SecondPass;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.CrossAttention;
import io.witan.runtime.layer.CrossBlock;
import io.witan.runtime.layer.DenseBlock;
import io.witan.runtime.layer.EncoderBlock;
import io.witan.runtime.layer.FeedForwardLayer;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.layer.RaggedSelfAttention;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.routing.Mixed;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.TrainingState;
import java.util.List;
import java.util.stream.IntStream;

/** Builds a {@link JiuZhang} of its tensors. */
final class JiuZhangBuilder {
    private final RankRuntime runtime;
    private final GptMoeConfig model;
    private final JiuZhangConfig config;
    private final TrainingState state;
    private final Experts experts;

    /**
     * Where experts are and how tokens come to them.
     *
     * @param buffers for copies and gradients of experts
     * @param ways of tokens; its sharding is that of the declared tensors
     * @param seed of what gates draw
     */
    record Experts(ExpertBuffers buffers, GptMoe.Ways ways, long seed) {}

    /** @param state holds the tensors of {@link JiuZhangTensors#declare}; stays the caller's */
    JiuZhangBuilder(
            RankRuntime runtime, GptMoeConfig model, JiuZhangConfig config, TrainingState state, Experts experts) {
        this.runtime = runtime;
        this.model = model;
        this.config = config;
        this.state = state;
        this.experts = experts;
    }

    /** @param secondPass of rows of the model's vocabulary */
    JiuZhang build(SecondPass secondPass) {
        int[][] owners = state.owners();
        RaggedEmbedding embedding = new RaggedEmbedding(
                runtime.kernels(), tensor(GptMoeTensors.TOKEN), tensor(GptMoeTensors.POSITION), model.dModel());
        List<EncoderBlock> encoder = IntStream.range(0, model.layers())
                .mapToObj(l -> encoderBlock(l, owners[l]))
                .toList();
        List<DenseBlock> understanding = IntStream.range(0, config.decoderLayers())
                .mapToObj(l -> denseBlock(JiuZhangTensors.understanding(l)))
                .toList();
        List<CrossBlock> generation = IntStream.range(0, config.decoderLayers())
                .mapToObj(l -> crossBlock(JiuZhangTensors.generation(l)))
                .toList();
        JiuZhang.Parts parts = new JiuZhang.Parts(
                new SharedEncoder(embedding, encoder),
                new Understanding(
                        runtime.kernels(), understanding, head(JiuZhangTensors.UNDERSTANDING_NORM), model.dModel()),
                new Generation(
                        runtime.kernels(),
                        new Generation.Parts(
                                norm(GptMoeTensors.FINAL_NORM),
                                embedding,
                                generation,
                                head(JiuZhangTensors.GENERATION_NORM)),
                        model.dModel()));
        return new JiuZhang(runtime, state, parts, secondPass, model.dModel());
    }

    /** Both sides project with the embedding. */
    private SideHead head(String norm) {
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
        MoeConfig moe = model.moe().withExpertSharding(experts.ways.expertSharding());
        LayerExperts held =
                new LayerExperts(l, moe.expertLayout(), owner, state, experts.buffers, runtime.parameters());
        MoeParts parts = LayerParts.configured(
                        runtime,
                        moe,
                        new GateParts.Given(
                                GptMoeTensors.router(l), state::parameter, model.seqLen(), Mixed.bits(experts.seed, l)))
                .withShared(LayerParts.shared(runtime, moe, GptMoeTensors.shared(l), state::parameter))
                .withDispatch(experts.ways.dispatch())
                .withExchange(experts.ways.allToAll().of(runtime, l));
        return new MoeLayer(runtime, moe, held, parts);
    }

    private DenseBlock denseBlock(String block) {
        return new DenseBlock(
                norm(block + JiuZhangTensors.ATTENTION_NORM),
                attention(block, Reach.FULL),
                norm(block + JiuZhangTensors.FFN_NORM),
                feedForward(block),
                model.dModel());
    }

    private CrossBlock crossBlock(String block) {
        CrossAttention cross = new CrossAttention(
                runtime.kernels(),
                new CrossAttention.Projections(
                        tensor(block + JiuZhangTensors.CROSS_QUERY),
                        null,
                        tensor(block + JiuZhangTensors.CROSS_KEY_VALUE),
                        null,
                        tensor(block + JiuZhangTensors.CROSS_OUT),
                        null),
                model.dModel(),
                model.heads());
        return new CrossBlock(
                new CrossBlock.Parts(
                        norm(block + JiuZhangTensors.ATTENTION_NORM),
                        attention(block, Reach.CAUSAL),
                        norm(block + JiuZhangTensors.CROSS_NORM),
                        cross,
                        norm(block + JiuZhangTensors.FFN_NORM),
                        feedForward(block)),
                model.dModel());
    }

    private RaggedSelfAttention attention(String block, Reach reach) {
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

    private FeedForwardLayer feedForward(String block) {
        return new FeedForwardLayer(
                runtime.kernels(),
                new FeedForwardLayer.Matrices(
                        tensor(block + JiuZhangTensors.INNER),
                        tensor(block + JiuZhangTensors.INNER_BIAS),
                        tensor(block + JiuZhangTensors.OUTER),
                        tensor(block + JiuZhangTensors.OUTER_BIAS)),
                model.dModel(),
                config.decoderFf());
    }

    private NormLayer norm(String name) {
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
        return state.parameter(name);
    }
}
