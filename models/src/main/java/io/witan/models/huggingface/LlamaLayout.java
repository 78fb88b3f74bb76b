package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.moe.GateConfig;

/**
 * What the architectures that descend from Llama have in common: RMS norms, rotary positions with channels i and i + w/2 of a head as
 * pairs, grouped queries, SwiGLU.
 */
final class LlamaLayout {
    private static final String ORIGIN = "config.json";

    private LlamaLayout() {}

    /** A key of section {@code model}. */
    static ConfigTree set(ConfigTree settings, String key, Object value) {
        return settings.set("model." + key + "=" + value, ORIGIN);
    }

    /** All but the FFN. */
    static ConfigTree settings(ConfigFields config, ConfigTree settings) {
        config.requireIfThere("hidden_act", "silu");
        config.requireIfThere("attention_bias", false);
        config.requireIfThere("mlp_bias", false);
        int width = config.count("hidden_size");
        int heads = config.count("num_attention_heads");
        int kvHeads = config.count("num_key_value_heads");
        if (width % heads != 0) {
            throw config.bad("num_attention_heads", "a divisor of hidden_size " + width);
        }
        if (heads % kvHeads != 0) {
            throw config.bad("num_key_value_heads", "a divisor of num_attention_heads " + heads);
        }
        config.requireIfThere("head_dim", width / heads);
        ConfigTree tree = set(settings, "d_model", width);
        tree = set(tree, "layers", config.count("num_hidden_layers"));
        tree = set(tree, "heads", heads);
        tree = set(tree, "kv_heads", kvHeads);
        tree = set(tree, "positions", "rotary");
        tree = set(tree, "rope_theta", theta(config));
        tree = set(tree, "norm", "rmsnorm");
        tree = set(tree, "norm_epsilon", config.number("rms_norm_eps"));
        tree = set(tree, "activation", "swiglu");
        tree = set(tree, "vocab_size", config.count("vocab_size"));
        return set(tree, "tied_embeddings", config.truth("tie_word_embeddings", false));
    }

    /** Of rotary positions that are not scaled; later versions have a section for them. */
    private static double theta(ConfigFields config) {
        ConfigFields rotary = config.has("rope_parameters") ? config.section("rope_parameters") : config;
        rotary.requireIfThere("rope_type", "default");
        if (config.has("rope_scaling")) {
            config.section("rope_scaling").requireIfThere("rope_type", "default");
            config.section("rope_scaling").requireIfThere("type", "default");
        }
        return rotary.number("rope_theta");
    }

    /** Where attention reaches less far than the model's positions, sequences may be no longer than that. */
    static String positionsField(ConfigFields config) {
        boolean slides = config.has("sliding_window") && config.truth("use_sliding_window", true);
        return slides && config.count("sliding_window") < config.count("max_position_embeddings")
                ? "sliding_window"
                : "max_position_embeddings";
    }

    /** Everything outside the blocks. */
    static void addEnds(TensorMap map, GptMoeConfig model, int vocabulary) {
        int d = model.dModel();
        map.add(GptMoeTensors.TOKEN, "model.embed_tokens.weight", vocabulary, d);
        map.add(GptMoeTensors.FINAL_NORM + GptMoeTensors.GAIN, "model.norm.weight", d);
        if (!model.tiedEmbeddings()) {
            map.add(GptMoeTensors.HEAD, "lm_head.weight", vocabulary, d);
        }
    }

    /** A block's norms and attention. */
    static void addAttention(TensorMap map, GptMoeConfig model, int l) {
        int d = model.dModel();
        int kv = model.kvWidth();
        String own = GptMoeTensors.layer(l);
        String name = block(l) + "self_attn.";
        map.add(GptMoeTensors.attentionNorm(l) + GptMoeTensors.GAIN, block(l) + "input_layernorm.weight", d);
        map.add(GptMoeTensors.moeNorm(l) + GptMoeTensors.GAIN, block(l) + "post_attention_layernorm.weight", d);
        map.append(own + GptMoeTensors.ATTENTION_QKV, name + "q_proj.weight", d, d);
        map.append(own + GptMoeTensors.ATTENTION_QKV, name + "k_proj.weight", kv, d);
        map.append(own + GptMoeTensors.ATTENTION_QKV, name + "v_proj.weight", kv, d);
        if (model.qkvBias()) {
            map.append(own + GptMoeTensors.ATTENTION_BIAS, name + "q_proj.bias", d);
            map.append(own + GptMoeTensors.ATTENTION_BIAS, name + "k_proj.bias", kv);
            map.append(own + GptMoeTensors.ATTENTION_BIAS, name + "v_proj.bias", kv);
        }
        map.add(own + GptMoeTensors.ATTENTION_OUT, name + "o_proj.weight", d, d);
    }

    /** A SwiGLU FFN whose matrices are called gate_proj, up_proj and down_proj. */
    static void addFeedForward(TensorMap map, String own, String name, int width, int hidden) {
        map.add(own + ".w1", name + "gate_proj.weight", hidden, width);
        map.add(own + ".w3", name + "up_proj.weight", hidden, width);
        map.add(own + ".w2", name + "down_proj.weight", width, hidden);
    }

    static String block(int l) {
        return "model.layers." + l + ".";
    }

    /** The fields of {@link #settings}. */
    static void write(GptMoeConfig model, ObjectNode config) {
        require("model.positions rotary", model.positions() == GptMoeConfig.Positions.ROTARY);
        require("model.norm rmsnorm", model.norm() == GptMoeConfig.Norm.RMSNORM);
        require("model.activation swiglu", model.activation().isGated());
        require("model.biases none", !model.hasBiases());
        require("model.gate at its defaults", model.gate().equals(GateConfig.PLAIN));
        config.put("hidden_act", "silu");
        config.put("hidden_size", model.dModel());
        config.put("num_hidden_layers", model.layers());
        config.put("num_attention_heads", model.heads());
        config.put("num_key_value_heads", model.groupHeads());
        config.put("num_experts_per_tok", model.topK());
        config.put("rms_norm_eps", model.normEpsilon());
        config.put("rope_theta", model.ropeTheta());
        config.put("max_position_embeddings", model.seqLen());
        config.put("tie_word_embeddings", model.tiedEmbeddings());
    }

    /** @throws IllegalArgumentException that says so */
    static void require(String what, boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException("needs " + what);
        }
    }
}
