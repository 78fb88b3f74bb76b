package io.witan.models.huggingface;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A small model in the published layout, with bytes put together here alone. All values have at most 7 bits, so every format has them. */
public final class TinyModel {
    static final int LAYERS = 2;
    static final int D = 16;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    static final int F = 12;
    static final int EXPERTS = 4;
    static final int TOP_K = 2;
    static final int V = 264;
    static final double THETA = 500;
    static final double EPSILON = 1e-5;

    final Map<String, Object> config = new LinkedHashMap<>();
    final Map<String, long[]> shapes = new LinkedHashMap<>();
    final Map<String, double[]> values = new LinkedHashMap<>();
    private final SplittableRandom random;

    private TinyModel(long seed, String architecture) {
        random = new SplittableRandom(seed);
        config.put("architectures", "[\"" + architecture + "\"]");
    }

    private TinyModel(long seed, String architecture, String type) {
        this(seed, architecture);
        config.put("model_type", quoted(type));
        config.put("hidden_act", quoted("silu"));
        config.put("hidden_size", D);
        config.put("num_hidden_layers", LAYERS);
        config.put("num_attention_heads", HEADS);
        config.put("num_key_value_heads", KV_HEADS);
        config.put("rms_norm_eps", EPSILON);
        config.put("rope_theta", THETA);
        config.put("max_position_embeddings", 64);
        config.put("tie_word_embeddings", false);
        config.put("vocab_size", V);
        add("model.embed_tokens.weight", V, D);
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private void add(String name, long... shape) {
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        double[] drawn = new double[count];
        // Gains near 1, other vectors and matrices near 0.
        double offset = name.contains("norm") || name.matches(".*ln_.\\.weight") ? 1 : 0;
        int least = offset == 0 ? 1 : 2;
        Arrays.setAll(drawn, _ -> offset + random.nextInt(-64, 65) / least / 128.0);
        shapes.put(name, shape);
        values.put(name, drawn);
    }

    private void attention(int l, boolean biased) {
        String layer = "model.layers." + l + ".";
        int kv = D / HEADS * KV_HEADS;
        add(layer + "self_attn.q_proj.weight", D, D);
        add(layer + "self_attn.k_proj.weight", kv, D);
        add(layer + "self_attn.v_proj.weight", kv, D);
        add(layer + "self_attn.o_proj.weight", D, D);
        if (biased) {
            add(layer + "self_attn.q_proj.bias", D);
            add(layer + "self_attn.k_proj.bias", kv);
            add(layer + "self_attn.v_proj.bias", kv);
        }
        add(layer + "input_layernorm.weight", D);
        add(layer + "post_attention_layernorm.weight", D);
    }

    private void feedForward(String name, int hidden) {
        add(name + ".gate_proj.weight", hidden, D);
        add(name + ".up_proj.weight", hidden, D);
        add(name + ".down_proj.weight", D, hidden);
    }

    private TinyModel end() {
        add("model.norm.weight", D);
        if (config.get("tie_word_embeddings").equals(false)) {
            add("lm_head.weight", V, D);
        }
        return this;
    }

    /** Mixtral. */
    public static TinyModel mixtral() {
        TinyModel model = new TinyModel(1, "MixtralForCausalLM", "mixtral");
        model.config.put("intermediate_size", F);
        model.config.put("num_local_experts", EXPERTS);
        model.config.put("num_experts_per_tok", TOP_K);
        model.config.put("sliding_window", null);
        for (int l = 0; l < LAYERS; l++) {
            model.attention(l, false);
            String moe = "model.layers." + l + ".block_sparse_moe.";
            model.add(moe + "gate.weight", EXPERTS, D);
            for (int e = 0; e < EXPERTS; e++) {
                model.add(moe + "experts." + e + ".w1.weight", F, D);
                model.add(moe + "experts." + e + ".w2.weight", D, F);
                model.add(moe + "experts." + e + ".w3.weight", F, D);
            }
        }
        return model.end();
    }

    /** Qwen2-MoE with a shared expert of two experts' width. */
    public static TinyModel qwen(boolean renormalised, boolean tied) {
        TinyModel model = new TinyModel(2, "Qwen2MoeForCausalLM", "qwen2_moe");
        model.config.put("tie_word_embeddings", tied);
        model.config.put("intermediate_size", 99);
        model.config.put("moe_intermediate_size", F);
        model.config.put("shared_expert_intermediate_size", 2 * F);
        model.config.put("num_experts", EXPERTS);
        model.config.put("num_experts_per_tok", TOP_K);
        model.config.put("norm_topk_prob", renormalised);
        model.config.put("decoder_sparse_step", 1);
        model.config.put("mlp_only_layers", "[]");
        model.config.put("sliding_window", 32);
        model.config.put("use_sliding_window", false);
        for (int l = 0; l < LAYERS; l++) {
            model.attention(l, true);
            String mlp = "model.layers." + l + ".mlp.";
            model.add(mlp + "gate.weight", EXPERTS, D);
            for (int e = 0; e < EXPERTS; e++) {
                model.feedForward(mlp + "experts." + e, F);
            }
            model.feedForward(mlp + "shared_expert", 2 * F);
            model.add(mlp + "shared_expert_gate.weight", 1, D);
        }
        return model.end();
    }

    /** Llama, dense. */
    public static TinyModel llama() {
        TinyModel model = new TinyModel(3, "LlamaForCausalLM", "llama");
        model.config.put("intermediate_size", F);
        model.config.put("attention_bias", false);
        for (int l = 0; l < LAYERS; l++) {
            model.attention(l, false);
            model.feedForward("model.layers." + l + ".mlp", F);
        }
        return model.end();
    }

    /** GPT-2, dense, with 20 positions; the mask that early versions saved with the weights is there too. */
    public static TinyModel gpt2(String prefix) {
        TinyModel model = new TinyModel(4, "GPT2LMHeadModel");
        model.config.put("activation_function", quoted("gelu_new"));
        model.config.put("n_embd", D);
        model.config.put("n_layer", LAYERS);
        model.config.put("n_head", HEADS);
        model.config.put("n_inner", null);
        model.config.put("n_positions", 20);
        model.config.put("layer_norm_epsilon", EPSILON);
        model.config.put("vocab_size", V);
        model.add(prefix + "wte.weight", V, D);
        model.add(prefix + "wpe.weight", 20, D);
        for (int l = 0; l < LAYERS; l++) {
            String layer = prefix + "h." + l + ".";
            model.add(layer + "ln_1.weight", D);
            model.add(layer + "ln_1.bias", D);
            model.add(layer + "attn.bias", 1, 1, 20, 20);
            model.add(layer + "attn.c_attn.weight", D, 3 * D);
            model.add(layer + "attn.c_attn.bias", 3 * D);
            model.add(layer + "attn.c_proj.weight", D, D);
            model.add(layer + "attn.c_proj.bias", D);
            model.add(layer + "ln_2.weight", D);
            model.add(layer + "ln_2.bias", D);
            model.add(layer + "mlp.c_fc.weight", D, 4 * D);
            model.add(layer + "mlp.c_fc.bias", 4 * D);
            model.add(layer + "mlp.c_proj.weight", 4 * D, D);
            model.add(layer + "mlp.c_proj.bias", D);
        }
        model.add(prefix + "ln_f.weight", D);
        model.add(prefix + "ln_f.bias", D);
        return model;
    }

    /** Writes everything, with weights in so many shards, one of which has no index. */
    public TinyModel write(Path folder, String dtype, int shards) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), config());
            Files.writeString(folder.resolve("tokenizer.json"), TinyTokenizer.json());
            Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 64}");
            writeWeights(folder, dtype, shards);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String config() {
        return config.entrySet().stream()
                .map(entry -> "  \"" + entry.getKey() + "\": " + entry.getValue())
                .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    }

    void writeWeights(Path folder, String dtype, int shards) throws IOException {
        List<String> names = new ArrayList<>(values.keySet());
        Map<String, String> shardOf = new TreeMap<>();
        for (int s = 0; s < shards; s++) {
            String file =
                    shards == 1 ? "model.safetensors" : "model-0000%d-of-0000%d.safetensors".formatted(s + 1, shards);
            List<String> own = names.subList(names.size() * s / shards, names.size() * (s + 1) / shards);
            own.forEach(name -> shardOf.put(name, file));
            Files.write(folder.resolve(file), bytes(own, dtype));
        }
        if (shards > 1) {
            String map = shardOf.entrySet().stream()
                    .map(entry -> "    \"" + entry.getKey() + "\": \"" + entry.getValue() + "\"")
                    .collect(Collectors.joining(",\n"));
            Files.writeString(
                    folder.resolve("model.safetensors.index.json"),
                    "{\n  \"metadata\": {\n    \"total_size\": 12345\n  },\n  \"weight_map\": {\n" + map
                            + "\n  }\n}\n");
        }
    }

    /** Length, header padded to 8 bytes, data: as the format is specified. */
    private byte[] bytes(List<String> names, String dtype) {
        int size = dtype.equals("F32") ? 4 : 2;
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        int end = 0;
        for (String name : names) {
            int begin = end;
            end += values.get(name).length * size;
            header.append(",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(name, dtype, Arrays.toString(shapes.get(name)).replace(" ", ""), begin, end));
        }
        header.append('}');
        while (header.length() % 8 != 0) {
            header.append(' ');
        }
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length() + end).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length()).put(header.toString().getBytes(StandardCharsets.US_ASCII));
        for (String name : names) {
            for (double value : values.get(name)) {
                put(bytes, dtype, value);
            }
        }
        return bytes.array();
    }

    private static void put(ByteBuffer bytes, String dtype, double value) {
        int single = Float.floatToIntBits((float) value);
        switch (dtype) {
            case "F32" -> bytes.putInt(single);
            case "BF16" -> bytes.putShort((short) (single >> 16));
            case "F16" -> bytes.putShort(half(value));
            default -> throw new IllegalArgumentException(dtype);
        }
    }

    /** Sign, exponent from -15 and 10 bits, for values that it has exactly. */
    private static short half(double value) {
        if (value == 0) {
            return 0;
        }
        int exponent = Math.getExponent(value);
        int mantissa = (int) ((Math.abs(value) / Math.scalb(1.0, exponent) - 1) * 1024);
        return (short) ((value < 0 ? 0x8000 : 0) | (exponent + 15) << 10 | mantissa);
    }

    TinyModel without(String name) {
        shapes.remove(name);
        values.remove(name);
        return this;
    }

    TinyModel reshaped(String name, long... shape) {
        shapes.put(name, shape);
        values.put(
                name, Arrays.copyOf(values.get(name), (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)));
        return this;
    }

    TinyModel with(String field, Object value) {
        config.put(field, value);
        return this;
    }
}
