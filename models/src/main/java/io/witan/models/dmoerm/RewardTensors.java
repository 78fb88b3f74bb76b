package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.network.EncoderTensors;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeConfig.Positions;
import io.witan.runtime.fssdp.LowRankLayout;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The tensors of a {@link RewardModel}. The names of those that one stage trains begin alike, but for {@link Stage#LANGUAGE}.
 *
 * @param model shape of the base model: {@code d_model}, {@code layers}, {@code heads}, {@code d_ff}, {@code seq_len}
 * @param vocabulary V of the pairs
 */
record RewardTensors(GptMoeConfig model, DmoermConfig config, int vocabulary) {
    /** [5, D'] */
    static final String ROUTER_HEAD = "router.head";
    /** [5] */
    static final String ROUTER_BIAS = "router.head_bias";
    /** [1, D] */
    static final String BASE_VALUE = "base.value";
    /** [1, D] */
    static final String DENSE_VALUE = "dense.value";

    private static final float PRELU_SLOPE = 0.25f;

    /** @throws IllegalArgumentException naming a key of {@code model} that does not fit */
    RewardTensors {
        int points = Category.allPoints();
        require(model.experts() == points, "model.experts " + points + ", an adapter for each capability point");
        require(model.topK() == 1, "model.top_k 1");
        require(model.positions() == Positions.LEARNED, "model.positions learned");
        require(
                model.groupHeads() == model.heads() && !model.qkvBias() && !model.hasBiases(),
                "model.kv_heads 0, model.qkv_bias false and model.biases none");
        require(
                model.sharedExperts() == 0 && model.gate().equals(GateConfig.PLAIN),
                "model.shared_experts 0 and no model.gate, as points are chosen by category");
        require(config.routerWidth() % model.heads() == 0, "dmoerm.router_width to be a multiple of model.heads");
    }

    private static void require(boolean fits, String needed) {
        if (!fits) {
            throw new IllegalArgumentException("dmoerm needs " + needed);
        }
    }

    EncoderTensors router() {
        return new EncoderTensors(
                "router",
                config.routerLayers(),
                config.routerWidth(),
                model.heads(),
                4 * config.routerWidth(),
                model.norm() == Norm.LAYERNORM,
                model.initStd());
    }

    EncoderTensors base() {
        return encoder("base", model.dFf());
    }

    /**
     * The dense model to compare with: FFNs are wider, so that it has as many parameters as a response of a category of mean size passes: router, base
     * model, K adapters and an aggregator.
     */
    EncoderTensors dense() {
        double points = (double) Category.allPoints() / Category.values().length;
        long d = model.dModel();
        long adapters = moeLayers() * adapter().chunkBytes() / Float.BYTES;
        long routing = router().declare(vocabulary, model.seqLen()).stream()
                .mapToLong(ParameterSpec::count)
                .sum();
        double more = points * (adapters + d * d) + routing;
        return encoder("dense", model.dFf() + Math.toIntExact(Math.round(more / (2.0 * d * model.layers()))));
    }

    private EncoderTensors encoder(String name, int hidden) {
        return new EncoderTensors(
                name,
                model.layers(),
                model.dModel(),
                model.heads(),
                hidden,
                model.norm() == Norm.LAYERNORM,
                model.initStd());
    }

    LowRankLayout adapter() {
        return new LowRankLayout(model.dModel(), config.loraRank());
    }

    /** Beginning of the names of a point's tensors. */
    static String point(Category category, int point) {
        return "points." + category.key() + "." + point;
    }

    /** A point's value head, [D]. */
    static String value(Category category, int point) {
        return point(category, point) + ".value";
    }

    /** Beginning of the names of an aggregator's tensors. */
    static String aggregator(Category category) {
        return "aggregator." + category.key();
    }

    /** What a stage trains; all other tensors are frozen. */
    static Predicate<ParameterSpec> trained(Stage stage) {
        if (stage == Stage.LANGUAGE) {
            return spec ->
                    (trained(Stage.BASE).test(spec) || trained(Stage.DENSE).test(spec))
                            && !spec.name().equals(BASE_VALUE)
                            && !spec.name().equals(DENSE_VALUE);
        }
        return spec -> spec.name().startsWith(stage.key() + ".");
    }

    /** MoE layers: adapters of queries and of values in each block. */
    int moeLayers() {
        return 2 * model.layers();
    }

    List<ParameterSpec> declare() {
        int d = model.dModel();
        double std = model.initStd();
        List<ParameterSpec> specs = new ArrayList<>(router().declare(vocabulary, model.seqLen()));
        specs.add(ParameterSpec.matrix(ROUTER_HEAD, Category.values().length, config.routerWidth(), std));
        specs.add(ParameterSpec.vector(ROUTER_BIAS, Category.values().length, 0));
        specs.addAll(base().declare(vocabulary, model.seqLen()));
        specs.add(ParameterSpec.matrix(BASE_VALUE, 1, d, std));
        for (Category category : Category.values()) {
            for (int p = 0; p < category.pointCount(); p++) {
                specs.add(ParameterSpec.vector(value(category, p), d, 0));
                declareAdapters(specs, category, p);
            }
            declareAggregator(specs, category);
        }
        if (config.hasDense()) {
            specs.addAll(dense().declare(vocabulary, model.seqLen()));
            specs.add(ParameterSpec.matrix(DENSE_VALUE, 1, d, std));
        }
        return specs;
    }

    private void declareAdapters(List<ParameterSpec> specs, Category category, int point) {
        double deviation = 1 / Math.sqrt(model.dModel());
        for (int layer = 0; layer < moeLayers(); layer++) {
            String name = point(category, point) + ".layers." + layer / 2 + (layer % 2 == 0 ? ".q" : ".v");
            specs.addAll(adapter().declare(name, layer, category.firstPoint() + point, deviation, 0));
        }
    }

    private void declareAggregator(List<ParameterSpec> specs, Category category) {
        int d = model.dModel();
        int in = category.pointCount() * d;
        String name = aggregator(category);
        specs.add(ParameterSpec.matrix(name + ".w1", d, in, 1 / Math.sqrt(in)));
        specs.add(ParameterSpec.vector(name + ".b1", d, 0));
        specs.add(ParameterSpec.vector(name + ".slope", 1, PRELU_SLOPE));
        specs.add(ParameterSpec.matrix(name + ".w2", 1, d, 1 / Math.sqrt(d)));
    }
}
