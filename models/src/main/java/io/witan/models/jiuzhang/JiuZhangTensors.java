package io.witan.models.jiuzhang;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.seq2seq.DecoderTensors;
import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a {@link JiuZhang}: those of the encoder under the names of {@link GptMoeTensors}, then those of the decoders. Tokens and
 * positions have one embedding each, for encoder and decoder.
 */
final class JiuZhangTensors {
    /** Beginning of the norm before U's projection. */
    static final String UNDERSTANDING_NORM = "understanding.final_norm";

    private JiuZhangTensors() {}

    /**
     * Every tensor.
     *
     * @param model with learned positions and tied embeddings
     * @param expertSharding shards of an expert
     */
    static List<ParameterSpec> declare(GptMoeConfig model, JiuZhangConfig config, int vocabulary, int expertSharding) {
        List<ParameterSpec> specs = new ArrayList<>(GptMoeTensors.declare(model, vocabulary, expertSharding));
        for (int l = 0; l < config.decoderLayers(); l++) {
            String block = understanding(l);
            DecoderTensors.declareAttention(specs, block, model);
            DecoderTensors.declareFeedForward(specs, block, model, config.decoderFf());
        }
        DecoderTensors.declareNorm(specs, UNDERSTANDING_NORM, model);
        DecoderTensors.declareGeneration(specs, model, config.decoder());
        return specs;
    }

    /** Beginning of the names of a block of U. */
    static String understanding(int l) {
        return "understanding." + l;
    }
}
