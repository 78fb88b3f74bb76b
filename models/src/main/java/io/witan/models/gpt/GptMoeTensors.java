package io.witan.models.gpt;

import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeConfig.Positions;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.moe.MoeConfig;
import io.witan.runtime.moe.SharedFeedForward;
import io.witan.runtime.moe.gate.GateParts;
import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a {@link GptMoe}, their names, shapes and starting deviations. */
public final class GptMoeTensors {
    /** [V, D]. */
    public static final String TOKEN = "embedding.token";
    /** [S, D]. */
    public static final String POSITION = "embedding.position";
    /** Beginning of the last norm's. */
    public static final String FINAL_NORM = "final_norm";
    /** [V, D]. */
    public static final String HEAD = "head";
    /** Behind a layer: rows of q, k and v. */
    public static final String ATTENTION_QKV = ".attention.qkv";
    /** Behind a layer. */
    public static final String ATTENTION_BIAS = ".attention.qkv_bias";
    /** Behind a layer: [D, D]. */
    public static final String ATTENTION_OUT = ".attention.out";
    /** Behind a layer. */
    public static final String ATTENTION_OUT_BIAS = ".attention.out_bias";
    /** Behind a norm. */
    public static final String GAIN = ".gain";
    /** Behind a norm. */
    public static final String BIAS = ".bias";

    private GptMoeTensors() {}

    /** Every tensor, with whole experts, in the order in which a replaying initialiser draws them. */
    public static List<ParameterSpec> declare(GptMoeConfig config, int vocabulary) {
        return declare(config, vocabulary, 1);
    }

    /** Every tensor, with experts in so many shards. */
    public static List<ParameterSpec> declare(GptMoeConfig config, int vocabulary, int expertSharding) {
        MoeConfig moe = config.moe().withExpertSharding(expertSharding);
        int d = config.dModel();
        double std = config.initStd();
        double outStd = config.scaledOutputInit() ? std / Math.sqrt(2.0 * config.layers()) : std;
        ExpertLayout layout = moe.expertLayout();
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.matrix(TOKEN, vocabulary, d, std));
        if (config.positions() == Positions.LEARNED) {
            specs.add(ParameterSpec.matrix(POSITION, config.seqLen(), d, std));
        }
        for (int l = 0; l < config.layers(); l++) {
            String layer = layer(l);
            declareNorm(specs, attentionNorm(l), config);
            int qkv = d + 2 * config.kvWidth();
            specs.add(ParameterSpec.matrix(layer + ATTENTION_QKV, qkv, d, std));
            if (config.qkvBias()) {
                specs.add(ParameterSpec.vector(layer + ATTENTION_BIAS, qkv, 0));
            }
            specs.add(ParameterSpec.matrix(layer + ATTENTION_OUT, d, d, outStd));
            if (config.hasBiases()) {
                specs.add(ParameterSpec.vector(layer + ATTENTION_OUT_BIAS, d, 0));
            }
            declareNorm(specs, moeNorm(l), config);
            specs.addAll(GateParts.declare(moe, router(l), std));
            for (int e = 0; e < moe.shards(); e++) {
                specs.addAll(layout.declare(layer + ".experts." + shard(e, expertSharding), l, e, std, outStd));
            }
            specs.addAll(SharedFeedForward.declare(moe, shared(l), std, outStd));
        }
        declareNorm(specs, FINAL_NORM, config);
        if (!config.tiedEmbeddings()) {
            specs.add(ParameterSpec.matrix(HEAD, vocabulary, d, std));
        }
        return specs;
    }

    private static String shard(int shard, int sharding) {
        return sharding == 1 ? Integer.toString(shard) : shard / sharding + ".shards." + shard % sharding;
    }

    /** Beginning of the names of a whole expert. */
    public static String expert(int l, int expert) {
        return layer(l) + ".experts." + expert;
    }

    /** Beginning of the names of the norm before attention. */
    public static String attentionNorm(int l) {
        return layer(l) + ".attention_norm";
    }

    /** Beginning of the names of the norm before the experts. */
    public static String moeNorm(int l) {
        return layer(l) + ".moe_norm";
    }

    /** A layer's router, [E, D]. */
    public static String router(int l) {
        return layer(l) + ".router";
    }

    /** Beginning of the names of a layer's shared experts. */
    public static String shared(int l) {
        return layer(l) + ".shared_experts";
    }

    /** Beginning of a layer's names. */
    public static String layer(int l) {
        return "layers." + l;
    }

    private static void declareNorm(List<ParameterSpec> specs, String name, GptMoeConfig config) {
        specs.add(ParameterSpec.vector(name + GAIN, config.dModel(), 1));
        if (config.norm() == Norm.LAYERNORM) {
            specs.add(ParameterSpec.vector(name + BIAS, config.dModel(), 0));
        }
    }
}
