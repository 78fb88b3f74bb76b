package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.ConfigTree;
import java.util.List;

/**
 * GPT-2, dense, to be made sparse: learned positions, LayerNorm, biases everywhere, GELU by its tanh approximation, and matrices stored
 * [in, out].
 *
 * @param prefix before every tensor's name: models saved with a head have one, the first ones published do not
 * @param positions of the model, of which a run may use fewer
 */
record Gpt2Family(String prefix, int positions) implements ModelFamily {
    static final String ARCHITECTURE = "GPT2LMHeadModel";
    private static final String POSITIONS = "n_positions";

    static Gpt2Family of(ModelFiles files) {
        return new Gpt2Family(
                files.has("wte.weight") ? "" : "transformer.", files.config().count(POSITIONS));
    }

    @Override
    public String architecture() {
        return ARCHITECTURE;
    }

    @Override
    public boolean hasExperts() {
        return false;
    }

    @Override
    public String positionsField(ConfigFields config) {
        return POSITIONS;
    }

    @Override
    public ConfigTree settings(ConfigFields config, ConfigTree settings) {
        config.requireIfThere("activation_function", "gelu_new");
        config.requireIfThere("scale_attn_weights", true);
        config.requireIfThere("scale_attn_by_inverse_layer_idx", false);
        int width = config.count("n_embd");
        int heads = config.count("n_head");
        if (width % heads != 0) {
            throw config.bad("n_head", "a divisor of n_embd " + width);
        }
        ConfigTree tree = LlamaLayout.set(settings, "d_model", width);
        tree = LlamaLayout.set(tree, "layers", config.count("n_layer"));
        tree = LlamaLayout.set(tree, "heads", heads);
        tree = LlamaLayout.set(tree, "qkv_bias", true);
        tree = LlamaLayout.set(tree, "biases", "gpt2");
        tree = LlamaLayout.set(tree, "positions", "learned");
        tree = LlamaLayout.set(tree, "norm", "layernorm");
        tree = LlamaLayout.set(tree, "norm_epsilon", config.number("layer_norm_epsilon"));
        tree = LlamaLayout.set(tree, "activation", "gelu");
        tree = LlamaLayout.set(tree, "d_ff", config.has("n_inner") ? config.count("n_inner") : 4 * width);
        tree = LlamaLayout.set(tree, "gate_weights", "renormalised");
        tree = LlamaLayout.set(tree, "vocab_size", config.count("vocab_size"));
        return LlamaLayout.set(tree, "tied_embeddings", config.truth("tie_word_embeddings", true));
    }

    @Override
    public List<MappedTensor> tensors(GptMoeConfig model, int vocabulary) {
        int d = model.dModel();
        TensorMap map = new TensorMap();
        map.add(GptMoeTensors.TOKEN, prefix + "wte.weight", vocabulary, d);
        map.add(GptMoeTensors.POSITION, prefix + "wpe.weight", positions, d);
        addNorm(map, GptMoeTensors.FINAL_NORM, prefix + "ln_f", d);
        if (!model.tiedEmbeddings()) {
            map.add(GptMoeTensors.HEAD, "lm_head.weight", vocabulary, d);
        }
        for (int l = 0; l < model.layers(); l++) {
            addLayer(map, model, l);
        }
        return map.tensors();
    }

    private void addLayer(TensorMap map, GptMoeConfig model, int l) {
        int d = model.dModel();
        int f = model.dFf();
        String layer = prefix + "h." + l + ".";
        String own = GptMoeTensors.layer(l);
        addNorm(map, GptMoeTensors.attentionNorm(l), layer + "ln_1", d);
        addNorm(map, GptMoeTensors.moeNorm(l), layer + "ln_2", d);
        map.addTransposed(own + GptMoeTensors.ATTENTION_QKV, layer + "attn.c_attn.weight", d, 3L * d);
        map.add(own + GptMoeTensors.ATTENTION_BIAS, layer + "attn.c_attn.bias", 3L * d);
        map.addTransposed(own + GptMoeTensors.ATTENTION_OUT, layer + "attn.c_proj.weight", d, d);
        map.add(own + GptMoeTensors.ATTENTION_OUT_BIAS, layer + "attn.c_proj.bias", d);
        for (int e = 0; e < model.experts(); e++) {
            String expert = GptMoeTensors.expert(l, e);
            map.addTransposed(expert + ".w1", layer + "mlp.c_fc.weight", d, f);
            map.add(expert + ".b1", layer + "mlp.c_fc.bias", f);
            map.addTransposed(expert + ".w2", layer + "mlp.c_proj.weight", f, d);
            map.add(expert + ".b2", layer + "mlp.c_proj.bias", d);
        }
    }

    private static void addNorm(TensorMap map, String own, String name, int width) {
        map.add(own + GptMoeTensors.GAIN, name + ".weight", width);
        map.add(own + GptMoeTensors.BIAS, name + ".bias", width);
    }

    @Override
    public void write(GptMoeConfig model, ObjectNode config) {
        throw new IllegalArgumentException("has no experts");
    }
}
