package io.witan.models.gpt;

import io.witan.kernels.NormKernel;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeConfig.Positions;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.AttentionLayer;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RotaryPositions;
import io.witan.runtime.layer.TokenEmbedding;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.MoeParts;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.routing.Mixed;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.dispatch.DispatchRule;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Builds a GPT-style MoE: embedding, pre-norm blocks of causal attention and a sparse MoE, and an output projection, which may be
 * the embedding.
 */
public final class GptMoe {
    /**
     * How tokens come to experts.
     *
     * @param dispatch which holder of an expert computes an assignment
     * @param allToAll how rows come from rank to rank
     * @param expertSharding shards of an expert, to all of which its tokens go
     */
    public record Ways(DispatchRule dispatch, AllToAll allToAll, int expertSharding) {
        /** Evenly among the nearest, in one all-to-all, to whole experts. */
        public static final Ways PLAIN = new Ways(DispatchRule.EVEN, AllToAll.FLAT, 1);

        /** The same to experts in so many shards. */
        public Ways withExpertSharding(int degree) {
            return new Ways(dispatch, allToAll, degree);
        }
    }

    private final RankRuntime runtime;
    private final GptMoeConfig config;
    private final TrainingState state;
    private final Ways ways;
    private final ExpertBuffers buffers;
    private final long seed;

    private GptMoe(
            RankRuntime runtime,
            GptMoeConfig config,
            TrainingState state,
            Ways ways,
            ExpertBuffers buffers,
            long seed) {
        this.ways = ways;
        this.runtime = runtime;
        this.config = config;
        this.state = state;
        this.buffers = buffers;
        this.seed = seed;
    }

    /**
     * @param state holds the tensors of {@link GptMoeTensors#declare}; stays the caller's
     * @param ways of tokens; its sharding is that of the declared tensors
     * @param buffers for copies and gradients of experts
     * @param seed of what gates draw
     */
    public static Decoder build(
            RankRuntime runtime,
            GptMoeConfig config,
            TrainingState state,
            Ways ways,
            ExpertBuffers buffers,
            long seed) {
        return new GptMoe(runtime, config, state, ways, buffers, seed).decoder(state.owners());
    }

    private Decoder decoder(int[][] owners) {
        int d = config.dModel();
        boolean learned = config.positions() == Positions.LEARNED;
        RotaryPositions rotary = learned
                ? null
                : new RotaryPositions(runtime.kernels(), config.seqLen(), d / config.heads(), config.ropeTheta());
        int vocabulary = (int) state.parameter(GptMoeTensors.TOKEN).spec().shape()[0];
        TokenEmbedding embedding = new TokenEmbedding(
                runtime.kernels(),
                state.parameter(GptMoeTensors.TOKEN),
                learned ? state.parameter(GptMoeTensors.POSITION) : null,
                d);
        List<TransformerBlock> blocks = IntStream.range(0, config.layers())
                .mapToObj(l -> block(l, owners[l], rotary))
                .toList();
        NormLayer norm = norm(GptMoeTensors.FINAL_NORM);
        LanguageModelHead head = config.tiedEmbeddings()
                ? LanguageModelHead.tied(runtime.kernels(), norm, state.parameter(GptMoeTensors.TOKEN), d, vocabulary)
                : new LanguageModelHead(runtime.kernels(), norm, state.parameter(GptMoeTensors.HEAD), d, vocabulary);
        return new Decoder(runtime, state, d, new Decoder.Parts(embedding, blocks, head));
    }

    private TransformerBlock block(int l, int[] owner, RotaryPositions rotary) {
        String name = GptMoeTensors.layer(l);
        AttentionLayer attention = new AttentionLayer(
                runtime.kernels(),
                new AttentionLayer.Projections(
                        state.parameter(name + GptMoeTensors.ATTENTION_QKV),
                        config.qkvBias() ? state.parameter(name + GptMoeTensors.ATTENTION_BIAS) : null,
                        state.parameter(name + GptMoeTensors.ATTENTION_OUT),
                        config.hasBiases() ? state.parameter(name + GptMoeTensors.ATTENTION_OUT_BIAS) : null),
                rotary,
                config.dModel(),
                config.heads(),
                config.groupHeads());
        MoeConfig moeConfig = config.moe().withExpertSharding(ways.expertSharding());
        LayerExperts experts =
                new LayerExperts(l, moeConfig.expertLayout(), owner, state, buffers, runtime.parameters());
        MoeParts parts = LayerParts.configured(
                        runtime,
                        moeConfig,
                        new GateParts.Given(
                                GptMoeTensors.router(l), state::parameter, config.seqLen(), Mixed.bits(seed, l)))
                .withShared(LayerParts.shared(runtime, moeConfig, GptMoeTensors.shared(l), state::parameter))
                .withDispatch(ways.dispatch())
                .withExchange(ways.allToAll().of(runtime, l));
        MoeLayer moe = new MoeLayer(runtime, moeConfig, experts, parts);
        return new TransformerBlock(
                norm(GptMoeTensors.attentionNorm(l)),
                attention,
                norm(GptMoeTensors.moeNorm(l)),
                moe,
                new TransformerBlock.Geometry(config.dModel(), config.recompute()),
                runtime.timeline());
    }

    private NormLayer norm(String name) {
        boolean centred = config.norm() == Norm.LAYERNORM;
        NormKernel kernel =
                centred ? runtime.kernels().layerNorm() : runtime.kernels().rmsNorm();
        return new NormLayer(
                kernel,
                state.parameter(name + GptMoeTensors.GAIN),
                centred ? state.parameter(name + GptMoeTensors.BIAS) : null,
                config.dModel(),
                (float) config.normEpsilon());
    }
}
