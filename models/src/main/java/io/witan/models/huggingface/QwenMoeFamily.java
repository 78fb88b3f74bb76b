package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.kernels.GateKernel;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.moe.SharedFeedForward;
import java.util.List;

/** Qwen2-MoE: biases on queries, keys and values, and a gated shared expert of some experts' width. Every layer has experts. */
final class QwenMoeFamily implements ModelFamily {
    @Override
    public String architecture() {
        return "Qwen2MoeForCausalLM";
    }

    @Override
    public boolean hasExperts() {
        return true;
    }

    @Override
    public String positionsField(ConfigFields config) {
        return LlamaLayout.positionsField(config);
    }

    @Override
    public ConfigTree settings(ConfigFields config, ConfigTree settings) {
        config.requireIfThere("decoder_sparse_step", 1);
        config.requireEmpty("mlp_only_layers");
        config.requireIfThere("qkv_bias", true);
        int hidden = config.count("moe_intermediate_size");
        int shared = config.count("shared_expert_intermediate_size");
        if (shared % hidden != 0) {
            throw config.bad("shared_expert_intermediate_size", "a multiple of moe_intermediate_size " + hidden);
        }
        ConfigTree tree = LlamaLayout.settings(config, settings);
        tree = LlamaLayout.set(tree, "qkv_bias", true);
        tree = LlamaLayout.set(tree, "experts", config.count("num_experts"));
        tree = LlamaLayout.set(tree, "top_k", config.count("num_experts_per_tok"));
        tree = LlamaLayout.set(tree, "d_ff", hidden);
        tree = LlamaLayout.set(tree, "shared_experts", shared / hidden);
        tree = LlamaLayout.set(tree, "shared_gate", true);
        return LlamaLayout.set(tree, "gate_weights", config.truth("norm_topk_prob") ? "renormalised" : "probability");
    }

    @Override
    public List<MappedTensor> tensors(GptMoeConfig model, int vocabulary) {
        int d = model.dModel();
        TensorMap map = new TensorMap();
        LlamaLayout.addEnds(map, model, vocabulary);
        for (int l = 0; l < model.layers(); l++) {
            LlamaLayout.addAttention(map, model, l);
            String mlp = LlamaLayout.block(l) + "mlp.";
            String shared = GptMoeTensors.shared(l);
            map.add(GptMoeTensors.router(l), mlp + "gate.weight", model.experts(), d);
            for (int e = 0; e < model.experts(); e++) {
                LlamaLayout.addFeedForward(map, GptMoeTensors.expert(l, e), mlp + "experts." + e + ".", d, model.dFf());
            }
            LlamaLayout.addFeedForward(
                    map, shared, mlp + "shared_expert.", d, model.moe().sharedHidden());
            map.add(SharedFeedForward.gateName(shared), mlp + "shared_expert_gate.weight", 1, d);
        }
        return map.tensors();
    }

    @Override
    public void write(GptMoeConfig model, ObjectNode config) {
        LlamaLayout.require("model.qkv_bias true with model.shared_experts", model.qkvBias());
        LlamaLayout.require("model.shared_gate true with model.shared_experts", model.sharedGate());
        config.put("model_type", "qwen2_moe");
        LlamaLayout.write(model, config);
        config.put("num_experts", model.experts());
        config.put("moe_intermediate_size", model.dFf());
        // Of layers without experts, which there are none of.
        config.put("intermediate_size", model.moe().sharedHidden());
        config.put("shared_expert_intermediate_size", model.moe().sharedHidden());
        config.put("norm_topk_prob", model.gateWeights() == GateKernel.Weights.RENORMALISED);
        config.put("decoder_sparse_step", 1);
        config.putArray("mlp_only_layers");
        config.put("use_sliding_window", false);
        config.put("router_aux_loss_coef", model.auxLoss());
    }
}
