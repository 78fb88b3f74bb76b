package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.TrainedRanks.History;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.gpt.TokenFlops;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.memory.StepRoom;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What published architectures have beside ours trains on any number of ranks, is saved, and is counted. */
class PublishedLayersTest {
    private static final int VOCABULARY = 100;
    private static final int STEPS = 6;
    private static final int SAVED = 3;

    enum Way {
        QWEN(
                "model.kv_heads=1",
                "model.qkv_bias=true",
                "model.shared_experts=2",
                "model.shared_gate=true",
                "model.rope_theta=1000000",
                "model.tied_embeddings=true",
                "model.vocab_size=300"),
        GPT2(
                "model.qkv_bias=true",
                "model.biases=gpt2",
                "model.activation=gelu",
                "model.norm=layernorm",
                "model.positions=learned",
                "model.tied_embeddings=true");

        private final String[] settings;

        Way(String... settings) {
            this.settings = settings;
        }

        Recipe recipe(String... more) {
            return SameNumbersTest.recipe(
                    Stream.concat(Stream.of(settings), Stream.of(more)).toArray(String[]::new));
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldTrainLikeOneRank(Way way, @TempDir Path folder) {
        String[] common = {
            "train.steps=" + STEPS,
            "train.eval_interval=0",
            "checkpoint.interval=" + SAVED,
            "parallel.overlap_degree=2",
            "parallel.memory_capacity=2"
        };
        History alone = TrainedRanks.train(way.recipe(common), Topology.of(1), null);
        assertThat(alone.steps()).hasSize(STEPS);
        assertThat(alone.losses().getLast()).isLessThan(alone.losses().getFirst());

        Recipe again = way.recipe(Stream.concat(Stream.of(common), Stream.of("model.recompute=block"))
                .toArray(String[]::new));
        SameHistory.assertSame(TrainedRanks.train(again, Topology.of(2), folder), alone, 0);
        Path middle = folder.resolve("checkpoints").resolve("step-%08d".formatted(SAVED));
        SameHistory.assertSame(TrainedRanks.resume(again, Topology.of(2, 1), null, middle), alone, SAVED);
    }

    @Test
    void shouldNameWhatDiffers() {
        String plain = "gpt-moe d=32 layers=2 heads=2 seq=32 experts=6 ff=48 top_k=2 swiglu rotary rmsnorm";
        assertThat(SameNumbersTest.recipe("model.kv_heads=2").model().fingerprint(VOCABULARY))
                .isEqualTo(plain + " vocab=100");
        assertThat(Way.QWEN.recipe().model().fingerprint(VOCABULARY))
                .isEqualTo(plain + " shared=2 kv_heads=1 qkv_bias shared_gate rope_theta=1000000.0 tied vocab=100");
        assertThat(Way.GPT2.recipe().model().fingerprint(VOCABULARY))
                .endsWith("gelu learned layernorm qkv_bias biases tied vocab=100");
    }

    @Test
    void shouldCountTensorsWorkAndMemory() {
        Recipe plain = SameNumbersTest.recipe();
        Recipe qwen = Way.QWEN.recipe();
        List<ParameterSpec> declared = GptMoeTensors.declare(qwen.model(), VOCABULARY);
        assertThat(declared).extracting(ParameterSpec::name).doesNotContain("head");
        assertThat(shape(declared, "layers.1.attention.qkv")).containsExactly(32 + 2 * 16, 32);
        assertThat(shape(declared, "layers.1.attention.qkv_bias")).containsExactly(64);
        assertThat(shape(declared, "layers.1.shared_experts.gate")).containsExactly(1, 32);

        TokenFlops before = TokenFlops.of(plain.model(), VOCABULARY);
        TokenFlops after = TokenFlops.of(qwen.model(), VOCABULARY);
        long shared = 2L * 3 * 2 * 48 * 32 + 2 * 32;
        long narrower = 2L * 2 * 16 * 32;
        assertThat(after.experts()).isEqualTo(before.experts());
        assertThat(after.other() - before.other()).isEqualTo(2 * (shared - narrower));

        StepRoom.Batch batch = new RankBatch(qwen, 2).even(VOCABULARY);
        assertThat(batch.kvWidth()).isEqualTo(16);
        assertThat(batch.qkvBias()).isTrue();
        assertThat(batch.sharedGate()).isTrue();

        Recipe gpt2 = Way.GPT2.recipe();
        assertThat(gpt2.moe().expertLayout().chunkBytes()).isEqualTo((2 * 32 * 48 + 48 + 32) * Float.BYTES);
        assertThat(qwen.vocabularySize()).isEqualTo(300);
        assertThat(gpt2.vocabularySize()).isEqualTo(257);
    }

    private static long[] shape(List<ParameterSpec> declared, String name) {
        return declared.stream()
                .filter(spec -> spec.name().equals(name))
                .findFirst()
                .orElseThrow()
                .shape();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    model.kv_heads=3 | model.kv_heads 3 must divide model.heads 4
                    model.shared_gate=true | model.shared_gate needs model.shared_experts above 0
                    model.biases=gpt2 | model.biases gpt2 needs model.activation gelu
                    model.biases=gpt2 model.activation=gelu model.shared_experts=1 | model.shared_experts 0
                    model.biases=gpt2 model.activation=gelu parallel.expert_sharding=2 | parallel.expert_sharding 1
                    model.rope_theta=0 | model.rope_theta must be
                    parallel.device=cuda model.kv_heads=2 | model.kv_heads must be 0 or 4, as many as model.heads, got 2
                    parallel.device=cuda model.biases=gpt2 model.activation=gelu | model.biases must be none, got gpt2
                    """)
    void shouldRefuseKeysThatDoNotFit(String settings, String message) {
        ConfigTree tree = Recipes.load("tiny");
        for (String setting : settings.split(" ")) {
            tree = tree.set(setting, "--set");
        }
        ConfigTree given = tree;
        assertThatThrownBy(() -> Recipes.bind(given))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}
