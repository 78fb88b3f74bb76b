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
    static final String TOKEN = "embedding.token";
    static final String POSITION = "embedding.position";
    static final String FINAL_NORM = "final_norm";
    static final String HEAD = "head";

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
            declareNorm(specs, layer + ".attention_norm", config);
            specs.add(ParameterSpec.matrix(layer + ".attention.qkv", 3 * d, d, std));
            specs.add(ParameterSpec.matrix(layer + ".attention.out", d, d, outStd));
            declareNorm(specs, layer + ".moe_norm", config);
            specs.addAll(GateParts.declare(moe, router(l), std));
            for (int e = 0; e < moe.shards(); e++) {
                specs.addAll(layout.declare(layer + ".experts." + expert(e, expertSharding), l, e, std, outStd));
            }
            specs.addAll(SharedFeedForward.declare(moe, shared(l), std, outStd));
        }
        declareNorm(specs, FINAL_NORM, config);
        specs.add(ParameterSpec.matrix(HEAD, vocabulary, d, std));
        return specs;
    }

    private static String expert(int shard, int sharding) {
        return sharding == 1 ? Integer.toString(shard) : shard / sharding + ".shards." + shard % sharding;
    }

    static String router(int l) {
        return layer(l) + ".router";
    }

    static String shared(int l) {
        return layer(l) + ".shared_experts";
    }

    static String layer(int l) {
        return "layers." + l;
    }

    private static void declareNorm(List<ParameterSpec> specs, String name, GptMoeConfig config) {
        specs.add(ParameterSpec.vector(name + ".gain", config.dModel(), 1));
        if (config.norm() == Norm.LAYERNORM) {
            specs.add(ParameterSpec.vector(name + ".bias", config.dModel(), 0));
        }
    }
}
