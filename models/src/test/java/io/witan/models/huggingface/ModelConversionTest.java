package io.witan.models.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.SampleConfig;
import io.witan.models.TrainedModel;
import io.witan.models.huggingface.values.NumberFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Models in the published layout against their definition, and their files there and back. */
class ModelConversionTest {
    private static final int[] IDS = {72, 101, 258, 0, 263, 101, 32, 257, 7, 101, 102};
    private static final ModelImport.Options PLAIN = new ModelImport.Options(0, Optional.empty(), "test");

    @TempDir
    Path folder;

    private Path source;
    private Path ours;

    @BeforeEach
    void place() {
        source = folder.resolve("source");
        ours = folder.resolve("ours");
    }

    private static void convert(Path from, Path to, ModelImport.Options options) {
        try (ModelImport model = ModelImport.open(from, options)) {
            model.write(to);
        }
    }

    private static void back(Path from, Path to, Optional<NumberFormat> format) {
        try (ModelExport model = ModelExport.open(from, format)) {
            model.write(to);
        }
    }

    private static ModelImport.Options upcycling(int experts, int topK, double noise) {
        return new ModelImport.Options(16, Optional.of(new ModelImport.Upcycling(experts, topK, noise, 3)), "test");
    }

    private static void assertLogits(Path checkpoint, TinyModel model) {
        assertLogits(checkpoint, new ReferenceDecoder(model)::logits);
    }

    private static void assertLogits(Path checkpoint, Function<int[], double[]> reference) {
        try (TrainedModel trained = TrainedModel.open(checkpoint, 1)) {
            for (int length = 1; length <= IDS.length; length++) {
                int[] context = Arrays.copyOf(IDS, length);
                double[] expected = reference.apply(context);
                float[] actual = trained.nextTokenLogits(context);
                assertThat(actual).hasSameSizeAs(expected);
                for (int i = 0; i < actual.length; i++) {
                    assertThat((double) actual[i])
                            .as("logit %d after %d ids", i, length)
                            .isCloseTo(expected[i], within(1e-4));
                }
            }
        }
    }

    static Stream<Arguments> models() {
        Supplier<TinyModel> mixtral = TinyModel::mixtral;
        Supplier<TinyModel> qwen = () -> TinyModel.qwen(false, false);
        Supplier<TinyModel> tied = () -> TinyModel.qwen(true, true);
        return Stream.of(
                Arguments.of("Mixtral", mixtral, "BF16", 3),
                Arguments.of("Mixtral", mixtral, "F32", 1),
                Arguments.of("Qwen2-MoE", qwen, "F16", 2),
                Arguments.of("Qwen2-MoE, renormalised, tied", tied, "BF16", 1));
    }

    @ParameterizedTest(name = "{0} {2} in {3}")
    @MethodSource("models")
    void shouldComputeWhatTheDefinitionSaysAndComeBackToTheSameBytes(
            String name, Supplier<TinyModel> made, String dtype, int shards) throws IOException {
        TinyModel model = made.get().write(source, dtype, shards);
        convert(source, ours, PLAIN);
        assertLogits(ours, model);
        back(ours, folder.resolve("again"), Optional.empty());
        assertThat(contents(folder.resolve("again"))).isEqualTo(contents(source));
        assertThat(Files.list(folder)).hasSize(3);
    }

    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(
                        file.getFileName().toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        return contents;
    }

    /** Copies of one FFN, whose weights sum to 1, are the FFN. */
    @ParameterizedTest
    @CsvSource({"4, 2", "3, 1", "2, 2"})
    void shouldMakeSparseModelsThatComputeWhatTheDenseOneDoes(int experts, int topK) {
        TinyModel model = TinyModel.llama().write(source, "BF16", 2);
        convert(source, ours, upcycling(experts, topK, 0));
        assertLogits(ours, model);
    }

    @ParameterizedTest
    @CsvSource({"'', BF16, 16, 4, 2", "transformer., F32, 0, 3, 1"})
    void shouldMakeSparseModelsOfGpt2(String prefix, String dtype, int seqLen, int experts, int topK) {
        TinyModel model = TinyModel.gpt2(prefix).write(source, dtype, 1);
        convert(
                source,
                ours,
                new ModelImport.Options(seqLen, Optional.of(new ModelImport.Upcycling(experts, topK, 0, 3)), "test"));
        assertLogits(ours, new ReferenceGpt2(model, prefix)::logits);
        assertThatThrownBy(() -> back(ours, folder.resolve("again"), Optional.empty()))
                .hasMessageContaining("cannot be written as MixtralForCausalLM, which needs model.qkv_bias false");
        assertThat(folder.resolve("again")).doesNotExist();
    }

    @Test
    void shouldWriteASparseModelAsMixtral() {
        TinyModel.llama().write(source, "BF16", 2);
        convert(source, ours, upcycling(4, 2, 0.01));
        Path mixtral = folder.resolve("mixtral");
        back(ours, mixtral, Optional.empty());
        Path again = folder.resolve("again");
        convert(mixtral, again, PLAIN);
        try (TrainedModel first = TrainedModel.open(ours, 1);
                TrainedModel second = TrainedModel.open(again, 1)) {
            float[] expected = first.nextTokenLogits(IDS);
            float[] actual = second.nextTokenLogits(IDS);
            // Noise does not fit in bf16.
            assertThat(actual).isNotEqualTo(expected);
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], within(0.05f));
            }
        }
    }

    @Test
    void shouldMakeEachCopyAnotherByNoise() {
        TinyModel model = TinyModel.llama().write(source, "F32", 1);
        convert(source, ours, upcycling(4, 2, 0.01));
        double[] dense = new ReferenceDecoder(model).logits(IDS);
        try (TrainedModel trained = TrainedModel.open(ours, 1)) {
            float[] sparse = trained.nextTokenLogits(IDS);
            double most = 0;
            for (int i = 0; i < sparse.length; i++) {
                most = Math.max(most, Math.abs(sparse[i] - dense[i]));
            }
            assertThat(most).isBetween(1e-3, 0.5);
        }
    }

    @Test
    void shouldTakeTheTokenizerAlong() {
        TinyModel.mixtral().write(source, "BF16", 1);
        convert(source, ours, PLAIN);
        try (TrainedModel model = TrainedModel.open(ours, 1)) {
            assertThat(model.recipe().data().tokenizer())
                    .isEqualTo(ours.resolve("tokenizer").toString());
            assertThat(model.step()).isZero();
            String text = model.generate(new SampleConfig("the ", 5, 1, 0, Optional.empty()), 1);
            assertThat(text).startsWith("the ");
        }
    }

    private void assertRefused(TinyModel model, ModelImport.Options options, String... words) {
        model.write(source, "BF16", 2);
        assertRefused(options, words);
    }

    private void assertRefused(ModelImport.Options options, String... words) {
        assertThatThrownBy(() -> convert(source, ours, options))
                .message()
                .contains(words)
                .doesNotContain("\n");
        assertThat(folder.toFile().list()).containsExactly("source");
    }

    @Test
    void shouldNameTheFileAndTheTensor() {
        assertRefused(
                TinyModel.mixtral().without("model.layers.1.self_attn.k_proj.weight"),
                PLAIN,
                "model.safetensors.index.json: no tensor model.layers.1.self_attn.k_proj.weight");
        assertRefused(
                TinyModel.mixtral().reshaped("model.layers.0.block_sparse_moe.experts.2.w1.weight", 11, 16),
                PLAIN,
                "model-00001-of-00002.safetensors",
                "tensor model.layers.0.block_sparse_moe.experts.2.w1.weight shape: expected [12, 16], found [11, 16]");
        assertRefused(
                TinyModel.mixtral().with("num_local_experts", 3),
                PLAIN,
                "tensor model.layers.0.block_sparse_moe.gate.weight shape: expected [3, 16], found [4, 16]");
        assertRefused(
                TinyModel.mixtral().with("num_hidden_layers", 1),
                PLAIN,
                "none of this architecture's",
                "tensor model.layers.1.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hidden_size | null | lacks the field hidden_size",
                "num_local_experts | \"four\" | num_local_experts: expected a whole number above 0, found \"four\"",
                "num_key_value_heads | 3 | num_key_value_heads: expected a divisor of num_attention_heads 4, found 3",
                "hidden_act | \"gelu\" | hidden_act: expected silu, found \"gelu\"",
                "head_dim | 8 | head_dim: expected 4, found 8",
                "rope_scaling | {\"rope_type\": \"yarn\"} | rope_type: expected default, found \"yarn\"",
                "architectures | [\"BertModel\"] | architectures: expected MixtralForCausalLM,",
                "num_experts_per_tok | 5 | model.top_k 5 must not exceed model.experts 4",
                "vocab_size | 200 | tokenizer has 259 token ids, vocab_size of config.json is 200"
            })
    void shouldNameTheField(String field, String value, String message) {
        assertRefused(TinyModel.mixtral().with(field, value), PLAIN, message);
    }

    @Test
    void shouldRefuseFilesThatAreNotWhole() throws IOException {
        TinyModel.qwen(true, false).write(source, "BF16", 2);
        Path shard = source.resolve("model-00002-of-00002.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, bytes.length - 2));
        assertRefused(PLAIN, "model-00002-of-00002.safetensors: bytes of data after the header");
        Files.delete(shard);
        assertRefused(PLAIN, "model-00002-of-00002.safetensors: cannot open: no such file");
        Files.write(shard, bytes);
        Path index = source.resolve("model.safetensors.index.json");
        String text = Files.readString(index);
        Files.writeString(index, text.replace("lm_head.weight", "lm_head.other"));
        assertRefused(PLAIN, "lm_head");
        Files.writeString(index, "{");
        assertRefused(PLAIN, "model.safetensors.index.json: is not JSON");
        Files.writeString(index, text);
        Files.writeString(source.resolve("tokenizer.json"), TinyTokenizer.json(6));
        assertRefused(PLAIN, "tokenizer.json: tokenizer has 265 token ids, vocab_size of config.json is 264");
    }

    @Test
    void shouldRefuseWhatDoesNotFitTogether() {
        assertRefused(TinyModel.llama(), PLAIN, "LlamaForCausalLM is a dense model; --upcycle EXPERTS");
        assertRefused(
                TinyModel.llama().with("num_key_value_heads", null).with("rope_theta", null),
                upcycling(4, 2, 0),
                "self_attn.k_proj.weight shape: expected [16, 16], found [8, 16]");
        assertRefused(TinyModel.mixtral(), upcycling(4, 2, 0), "MixtralForCausalLM has experts already");
        assertRefused(
                TinyModel.mixtral(),
                new ModelImport.Options(65, Optional.empty(), "test"),
                "max_position_embeddings: expected at least the 65 positions asked for, found 64");
        assertRefused(
                TinyModel.mixtral().with("sliding_window", 8),
                new ModelImport.Options(9, Optional.empty(), "test"),
                "sliding_window: expected at least the 9 positions asked for, found 8");
    }

    @Test
    void shouldWriteOverNothing() throws IOException {
        TinyModel.mixtral().write(source, "BF16", 1);
        Files.createDirectory(ours);
        assertThatThrownBy(() -> convert(source, ours, PLAIN)).hasMessageContaining("ours: exists");
        Files.delete(ours);
        convert(source, ours, PLAIN);
        assertThatThrownBy(() -> back(ours, source, Optional.empty())).hasMessageContaining("source: exists");
        Path checkpoint = ours.resolve("checkpoints/step-00000000/dense.safetensors");
        byte[] bytes = Files.readAllBytes(checkpoint);
        bytes[bytes.length - 1] ^= 1;
        Files.write(checkpoint, bytes);
        assertThatThrownBy(() -> back(ours, folder.resolve("again"), Optional.empty()))
                .hasMessageContaining("dense.safetensors: sha256");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("source", "ours");
    }

    @Test
    void shouldWriteAnotherFormatOnRequest() {
        TinyModel model = TinyModel.qwen(true, false).write(source, "BF16", 2);
        convert(source, ours, PLAIN);
        Path wide = folder.resolve("wide");
        back(ours.resolve("checkpoints"), wide, Optional.of(NumberFormat.F32));
        Path again = folder.resolve("again");
        convert(wide, again, PLAIN);
        assertLogits(again, model);
        assertThat(wide.resolve("config.json")).content().contains("\"torch_dtype\" : \"float32\"");
    }
}
