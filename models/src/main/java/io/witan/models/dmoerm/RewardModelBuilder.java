package io.witan.models.dmoerm;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.GateKernel.Weights;
import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.Adapters;
import io.witan.models.dmoerm.network.Aggregator;
import io.witan.models.dmoerm.network.EncoderParts;
import io.witan.models.dmoerm.network.EncoderTensors;
import io.witan.models.dmoerm.network.LanguageModel;
import io.witan.models.dmoerm.network.LastTokenEncoder;
import io.witan.models.dmoerm.network.PointHeads;
import io.witan.models.dmoerm.network.PointNetwork;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ExpertBuffers;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.layer.ClassificationHead;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.moe.LowRankExperts;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.gate.TaskGate;
import io.witan.runtime.moe.parts.LayerParts;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.state.TrainingState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Puts a {@link RewardModel} together. */
final class RewardModelBuilder {
    private final RankRuntime runtime;
    private final Kernels kernels;
    private final RewardTensors tensors;
    private final TrainingState state;
    private final GptMoe.Ways ways;
    private final ExpertBuffers buffers;

    /**
     * @param state holds the declared tensors; stays the caller's
     * @param ways of tokens to experts
     * @param buffers for copies and gradients of experts
     */
    RewardModelBuilder(
            RankRuntime runtime, RewardTensors tensors, TrainingState state, GptMoe.Ways ways, ExpertBuffers buffers) {
        this.runtime = runtime;
        this.kernels = runtime.kernels();
        this.tensors = tensors;
        this.state = state;
        this.ways = ways;
        this.buffers = buffers;
    }

    RewardModel build() {
        int routerWidth = tensors.config().routerWidth();
        Router router = new Router(
                encoder(tensors.router(), Reach.FULL),
                new ClassificationHead(
                        kernels,
                        state.parameter(RewardTensors.ROUTER_HEAD),
                        state.parameter(RewardTensors.ROUTER_BIAS),
                        routerWidth,
                        Category.values().length),
                routerWidth);
        ValueModel base = valueModel(tensors.base(), RewardTensors.BASE_VALUE);
        ValueModel dense = tensors.config().hasDense() ? valueModel(tensors.dense(), RewardTensors.DENSE_VALUE) : null;
        List<LanguageModel> languageModels = new ArrayList<>(List.of(languageModel(tensors.base())));
        if (dense != null) {
            languageModels.add(languageModel(tensors.dense()));
        }
        return new RewardModel(runtime, state, new RewardModel.Parts(router, languageModels, base, points(), dense));
    }

    private Reach reach() {
        return tensors.config().attention().reach();
    }

    private ValueModel valueModel(EncoderTensors encoder, String value) {
        int d = encoder.width();
        return new ValueModel(
                encoder(encoder, reach()), new LinearLayer(kernels, state.parameter(value), null, d, 1), d);
    }

    LastTokenEncoder encoder(EncoderTensors names, Reach reach) {
        return parts(names, reach).encoder();
    }

    LanguageModel languageModel(EncoderTensors names) {
        return parts(names, Reach.CAUSAL).languageModel();
    }

    PointNetwork pointNetwork() {
        return parts(tensors.base(), reach()).pointNetwork(this::adapters);
    }

    private EncoderParts parts(EncoderTensors names, Reach reach) {
        return new EncoderParts(
                kernels, state::parameter, names, reach, tensors.model().normEpsilon());
    }

    private PointModel points() {
        int d = tensors.model().dModel();
        List<Parameter> own = new ArrayList<>();
        Map<Category, Aggregator> aggregators = new EnumMap<>(Category.class);
        for (Category category : Category.values()) {
            for (int p = 0; p < category.pointCount(); p++) {
                own.add(state.parameter(RewardTensors.value(category, p)));
            }
            aggregators.put(category, aggregator(category, d));
        }
        PointHeads heads = new PointHeads(state.parameter(RewardTensors.BASE_VALUE), List.copyOf(own), d);
        return new PointModel(pointNetwork(), heads, aggregators, d);
    }

    private Adapters adapters(int block) {
        return new Adapters(moeLayer(2 * block), moeLayer(2 * block + 1));
    }

    private MoeLayer moeLayer(int layer) {
        int d = tensors.model().dModel();
        int points = Category.allPoints();
        MoeConfig config =
                new MoeConfig(d, tensors.config().loraRank(), points, 1, Activation.GELU, Weights.PROBABILITY, 0, 0);
        LayerExperts experts =
                new LayerExperts(layer, tensors.adapter(), state.owners()[layer], state, buffers, runtime.parameters());
        return new MoeLayer(
                runtime,
                config,
                experts,
                LayerParts.with(runtime, config, new TaskGate(kernels.vector(), points, d))
                        .withExperts(new LowRankExperts(
                                kernels, tensors.adapter(), tensors.config().loraScale()))
                        .withDispatch(ways.dispatch())
                        .withExchange(ways.allToAll().of(runtime, layer)));
    }

    private Aggregator aggregator(Category category, int d) {
        String name = RewardTensors.aggregator(category);
        return new Aggregator(
                kernels,
                new Aggregator.Parts(
                        state.parameter(name + ".w1"),
                        state.parameter(name + ".b1"),
                        state.parameter(name + ".slope"),
                        state.parameter(name + ".w2")),
                category.pointCount(),
                d);
    }
}
