package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.ConfigTree;
import java.util.List;

/**
 * Dense models in Llama's layout, to be made sparse: weights of the chosen experts sum to 1, so with copies of one FFN the sparse model
 * computes what the dense one does.
 */
record LlamaFamily(String architecture) implements ModelFamily {
    static final String LLAMA = "LlamaForCausalLM";

    /** Llama's first versions leave out what was not a choice yet. */
    private static ConfigFields completed(ConfigFields config) {
        ConfigFields heads = config.or("num_key_value_heads", config.count("num_attention_heads"));
        return heads.has("rope_parameters") ? heads : heads.or("rope_theta", 10_000);
    }

    @Override
    public boolean hasExperts() {
        return false;
    }

    @Override
    public String positionsField(ConfigFields config) {
        return LlamaLayout.positionsField(config);
    }

    @Override
    public ConfigTree settings(ConfigFields config, ConfigTree settings) {
        ConfigTree tree = LlamaLayout.settings(architecture.equals(LLAMA) ? completed(config) : config, settings);
        tree = LlamaLayout.set(tree, "d_ff", config.count("intermediate_size"));
        return LlamaLayout.set(tree, "gate_weights", "renormalised");
    }

    @Override
    public List<MappedTensor> tensors(GptMoeConfig model, int vocabulary) {
        TensorMap map = new TensorMap();
        LlamaLayout.addEnds(map, model, vocabulary);
        for (int l = 0; l < model.layers(); l++) {
            LlamaLayout.addAttention(map, model, l);
            for (int e = 0; e < model.experts(); e++) {
                LlamaLayout.addFeedForward(
                        map, GptMoeTensors.expert(l, e), LlamaLayout.block(l) + "mlp.", model.dModel(), model.dFf());
            }
        }
        return map.tensors();
    }

    @Override
    public void write(GptMoeConfig model, ObjectNode config) {
        throw new IllegalArgumentException("a model with experts is not written as a dense one");
    }
}
