package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.kernels.GateKernel;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.ConfigTree;
import java.util.List;

/** Mixtral: no biases, no shared experts, weights of the chosen experts made to sum to 1. */
final class MixtralFamily implements ModelFamily {
    @Override
    public String architecture() {
        return "MixtralForCausalLM";
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
        ConfigTree tree = LlamaLayout.settings(config, settings);
        tree = LlamaLayout.set(tree, "experts", config.count("num_local_experts"));
        tree = LlamaLayout.set(tree, "top_k", config.count("num_experts_per_tok"));
        tree = LlamaLayout.set(tree, "d_ff", config.count("intermediate_size"));
        return LlamaLayout.set(tree, "gate_weights", "renormalised");
    }

    @Override
    public List<MappedTensor> tensors(GptMoeConfig model, int vocabulary) {
        int d = model.dModel();
        int f = model.dFf();
        TensorMap map = new TensorMap();
        LlamaLayout.addEnds(map, model, vocabulary);
        for (int l = 0; l < model.layers(); l++) {
            LlamaLayout.addAttention(map, model, l);
            String moe = LlamaLayout.block(l) + "block_sparse_moe.";
            map.add(GptMoeTensors.router(l), moe + "gate.weight", model.experts(), d);
            for (int e = 0; e < model.experts(); e++) {
                String own = GptMoeTensors.expert(l, e);
                String name = moe + "experts." + e + ".";
                map.add(own + ".w1", name + "w1.weight", f, d);
                map.add(own + ".w3", name + "w3.weight", f, d);
                map.add(own + ".w2", name + "w2.weight", d, f);
            }
        }
        return map.tensors();
    }

    @Override
    public void write(GptMoeConfig model, ObjectNode config) {
        LlamaLayout.require("model.qkv_bias false without model.shared_experts", !model.qkvBias());
        LlamaLayout.require(
                "model.gate_weights renormalised without model.shared_experts",
                model.gateWeights() == GateKernel.Weights.RENORMALISED);
        config.put("model_type", "mixtral");
        LlamaLayout.write(model, config);
        config.put("num_local_experts", model.experts());
        config.put("intermediate_size", model.dFf());
        config.putNull("sliding_window");
        config.put("router_aux_loss_coef", model.auxLoss());
    }
}
