package io.witan.models.jiuzhang;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a {@link JiuZhang}: those of the encoder under the names of {@link GptMoeTensors}, then those of the decoders. Tokens and
 * positions have one embedding each, for encoder and decoder.
 */
final class JiuZhangTensors {
    /** Behind a decoder's block: [F, D]. */
    static final String INNER = ".ffn.inner";
    /** Behind a decoder's block: [F]. */
    static final String INNER_BIAS = ".ffn.inner_bias";
    /** Behind a decoder's block: [D, F]. */
    static final String OUTER = ".ffn.outer";
    /** Behind a decoder's block: [D]. */
    static final String OUTER_BIAS = ".ffn.outer_bias";
    /** Behind a generation block: [D, D]. */
    static final String CROSS_QUERY = ".cross.query";
    /** Behind a generation block: [2 D, D], rows of k and v. */
    static final String CROSS_KEY_VALUE = ".cross.key_value";
    /** Behind a generation block: [D, D]. */
    static final String CROSS_OUT = ".cross.out";
    /** Behind a decoder's block. */
    static final String ATTENTION_NORM = ".attention_norm";
    /** Behind a generation block. */
    static final String CROSS_NORM = ".cross_norm";
    /** Behind a decoder's block. */
    static final String FFN_NORM = ".ffn_norm";
    /** Beginning of the norm before U's projection. */
    static final String UNDERSTANDING_NORM = "understanding.final_norm";
    /** Beginning of the norm before G's projection. */
    static final String GENERATION_NORM = "generation.final_norm";

    private JiuZhangTensors() {}

    /**
     * Every tensor.
     *
     * @param model with learned positions and tied embeddings
     * @param expertSharding shards of an expert
     */
    static List<ParameterSpec> declare(GptMoeConfig model, JiuZhangConfig config, int vocabulary, int expertSharding) {
        List<ParameterSpec> specs = new ArrayList<>(GptMoeTensors.declare(model, vocabulary, expertSharding));
        int d = model.dModel();
        double std = model.initStd();
        for (int l = 0; l < config.decoderLayers(); l++) {
            String block = understanding(l);
            declareAttention(specs, block, model);
            declareFeedForward(specs, block, model, config.decoderFf());
        }
        declareNorm(specs, UNDERSTANDING_NORM, model);
        for (int l = 0; l < config.decoderLayers(); l++) {
            String block = generation(l);
            declareAttention(specs, block, model);
            declareNorm(specs, block + CROSS_NORM, model);
            specs.add(ParameterSpec.matrix(block + CROSS_QUERY, d, d, std));
            specs.add(ParameterSpec.matrix(block + CROSS_KEY_VALUE, 2 * d, d, std));
            specs.add(ParameterSpec.matrix(block + CROSS_OUT, d, d, outStd(model)));
            declareFeedForward(specs, block, model, config.decoderFf());
        }
        declareNorm(specs, GENERATION_NORM, model);
        return specs;
    }

    /** Beginning of the names of a block of U. */
    static String understanding(int l) {
        return "understanding." + l;
    }

    /** Beginning of the names of a block of G. */
    static String generation(int l) {
        return "generation." + l;
    }

    private static double outStd(GptMoeConfig model) {
        return model.scaledOutputInit() ? model.initStd() / Math.sqrt(2.0 * model.layers()) : model.initStd();
    }

    private static void declareAttention(List<ParameterSpec> specs, String block, GptMoeConfig model) {
        int d = model.dModel();
        declareNorm(specs, block + ATTENTION_NORM, model);
        specs.add(ParameterSpec.matrix(block + GptMoeTensors.ATTENTION_QKV, 3 * d, d, model.initStd()));
        specs.add(ParameterSpec.matrix(block + GptMoeTensors.ATTENTION_OUT, d, d, outStd(model)));
    }

    private static void declareFeedForward(List<ParameterSpec> specs, String block, GptMoeConfig model, int hidden) {
        int d = model.dModel();
        declareNorm(specs, block + FFN_NORM, model);
        specs.add(ParameterSpec.matrix(block + INNER, hidden, d, model.initStd()));
        specs.add(ParameterSpec.vector(block + INNER_BIAS, hidden, 0));
        specs.add(ParameterSpec.matrix(block + OUTER, d, hidden, outStd(model)));
        specs.add(ParameterSpec.vector(block + OUTER_BIAS, d, 0));
    }

    private static void declareNorm(List<ParameterSpec> specs, String name, GptMoeConfig model) {
        specs.add(ParameterSpec.vector(name + GptMoeTensors.GAIN, model.dModel(), 1));
        if (model.norm() == Norm.LAYERNORM) {
            specs.add(ParameterSpec.vector(name + GptMoeTensors.BIAS, model.dModel(), 0));
        }
    }
}
