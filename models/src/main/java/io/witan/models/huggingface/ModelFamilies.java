package io.witan.models.huggingface;

import io.witan.models.gpt.GptMoeConfig;
import java.util.List;
import java.util.stream.Collectors;

/** The architectures that are known. */
final class ModelFamilies {
    private static final List<ModelFamily> ROTARY = List.of(
            new MixtralFamily(),
            new QwenMoeFamily(),
            new LlamaFamily(LlamaFamily.LLAMA),
            new LlamaFamily("MistralForCausalLM"));

    private ModelFamilies() {}

    /** The family of a model's files. @throws HuggingFaceException if it is not known */
    static ModelFamily of(ModelFiles files) {
        ConfigFields config = files.config();
        String names = config.has("architectures") ? config.shown("architectures") : "none";
        if (names.contains("\"" + Gpt2Family.ARCHITECTURE + "\"")) {
            return Gpt2Family.of(files);
        }
        return ROTARY.stream()
                .filter(family -> names.contains("\"" + family.architecture() + "\""))
                .findFirst()
                .orElseThrow(() -> config.bad(
                        "architectures",
                        ROTARY.stream().map(ModelFamily::architecture).collect(Collectors.joining(", ")) + " or "
                                + Gpt2Family.ARCHITECTURE));
    }

    /** The family that a model of ours can be written as: with shared experts Qwen-MoE, without Mixtral. */
    static ModelFamily of(GptMoeConfig model) {
        return model.sharedExperts() > 0 ? new QwenMoeFamily() : new MixtralFamily();
    }
}
