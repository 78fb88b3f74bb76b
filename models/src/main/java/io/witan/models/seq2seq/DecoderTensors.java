package io.witan.models.seq2seq;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeConfig.Norm;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.state.ParameterSpec;
import java.util.List;

/** The tensors of dense decoders. Those of the encoder, and of the embedding that both share, have the names of {@link GptMoeTensors}. */
public final class DecoderTensors {
    /** Behind a block: [F, D]. */
    public static final String INNER = ".ffn.inner";
    /** Behind a block: [F]. */
    public static final String INNER_BIAS = ".ffn.inner_bias";
    /** Behind a block: [D, F]. */
    public static final String OUTER = ".ffn.outer";
    /** Behind a block: [D]. */
    public static final String OUTER_BIAS = ".ffn.outer_bias";
    /** Behind a generation block: [D, D]. */
    public static final String CROSS_QUERY = ".cross.query";
    /** Behind a generation block: [2 D, D], rows of k and v. */
    public static final String CROSS_KEY_VALUE = ".cross.key_value";
    /** Behind a generation block: [D, D]. */
    public static final String CROSS_OUT = ".cross.out";
    /** Behind a block. */
    public static final String ATTENTION_NORM = ".attention_norm";
    /** Behind a generation block. */
    public static final String CROSS_NORM = ".cross_norm";
    /** Behind a block. */
    public static final String FFN_NORM = ".ffn_norm";
    /** Beginning of the norm before the projection of what is generated. */
    public static final String GENERATION_NORM = "generation.final_norm";

    private DecoderTensors() {}

    /** Beginning of the names of a block that generates. */
    public static String generation(int l) {
        return "generation." + l;
    }

    /** Adds those of a decoder that generates. @param model with the width and norms of both sides */
    public static void declareGeneration(List<ParameterSpec> specs, GptMoeConfig model, DecoderShape decoder) {
        int d = model.dModel();
        for (int l = 0; l < decoder.layers(); l++) {
            String block = generation(l);
            declareAttention(specs, block, model);
            declareNorm(specs, block + CROSS_NORM, model);
            specs.add(ParameterSpec.matrix(block + CROSS_QUERY, d, d, model.initStd()));
            specs.add(ParameterSpec.matrix(block + CROSS_KEY_VALUE, 2 * d, d, model.initStd()));
            specs.add(ParameterSpec.matrix(block + CROSS_OUT, d, d, outStd(model)));
            declareFeedForward(specs, block, model, decoder.hidden());
        }
        declareNorm(specs, GENERATION_NORM, model);
    }

    /** Adds the self-attention of a block. */
    public static void declareAttention(List<ParameterSpec> specs, String block, GptMoeConfig model) {
        int d = model.dModel();
        declareNorm(specs, block + ATTENTION_NORM, model);
        specs.add(ParameterSpec.matrix(block + GptMoeTensors.ATTENTION_QKV, 3 * d, d, model.initStd()));
        specs.add(ParameterSpec.matrix(block + GptMoeTensors.ATTENTION_OUT, d, d, outStd(model)));
    }

    /** Adds the FFN of a block. @param hidden F */
    public static void declareFeedForward(List<ParameterSpec> specs, String block, GptMoeConfig model, int hidden) {
        int d = model.dModel();
        declareNorm(specs, block + FFN_NORM, model);
        specs.add(ParameterSpec.matrix(block + INNER, hidden, d, model.initStd()));
        specs.add(ParameterSpec.vector(block + INNER_BIAS, hidden, 0));
        specs.add(ParameterSpec.matrix(block + OUTER, d, hidden, outStd(model)));
        specs.add(ParameterSpec.vector(block + OUTER_BIAS, d, 0));
    }

    /** Adds a norm. @param name its beginning */
    public static void declareNorm(List<ParameterSpec> specs, String name, GptMoeConfig model) {
        specs.add(ParameterSpec.vector(name + GptMoeTensors.GAIN, model.dModel(), 1));
        if (model.norm() == Norm.LAYERNORM) {
            specs.add(ParameterSpec.vector(name + GptMoeTensors.BIAS, model.dModel(), 0));
        }
    }

    private static double outStd(GptMoeConfig model) {
        return model.scaledOutputInit() ? model.initStd() / Math.sqrt(2.0 * model.layers()) : model.initStd();
    }
}
