package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.huggingface.ModelExport;
import io.witan.models.huggingface.ModelImport;
import io.witan.models.huggingface.TinyModel;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointNames;
import io.witan.runtime.config.ConfigSource;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A converted model trains, on any number of ranks, and goes back to a model's files. */
class ConvertedModelTest {
    @TempDir
    Path folder;

    private Path source;
    private Path ours;

    @BeforeEach
    void convert() {
        source = folder.resolve("source");
        ours = folder.resolve("ours");
        TinyModel.qwen(false, true).write(source, "BF16", 2);
        ModelImport.Options options = new ModelImport.Options(16, Optional.empty(), "test");
        try (ModelImport model = ModelImport.open(source, options)) {
            model.write(ours);
        }
    }

    /** A sparse GPT-2, whose experts have biases: gradients of all of them, and the same losses on two ranks. */
    @Test
    void shouldTrainExpertsWithBiases() {
        TinyModel.gpt2("").write(folder.resolve("gpt2"), "BF16", 1);
        Path sparse = folder.resolve("sparse");
        ModelImport.Upcycling upcycling = new ModelImport.Upcycling(4, 2, 0.01, 1);
        try (ModelImport model =
                ModelImport.open(folder.resolve("gpt2"), new ModelImport.Options(16, Optional.of(upcycling), "test"))) {
            model.write(sparse);
        }
        Path trained = folder.resolve("trained");
        Recipe recipe = recipe(sparse);
        TrainedRanks.History one = TrainedRanks.train(recipe, Topology.of(1), trained);
        TrainedRanks.History two = TrainedRanks.train(recipe, Topology.of(2), null);
        for (int step = 0; step < one.losses().size(); step++) {
            assertThat(two.losses().get(step)).isCloseTo(one.losses().get(step), Percentage.withPercentage(1e-3));
        }
        assertMoments(recipe, trained);
    }

    /** The first moment is made of gradients: every tensor has some. */
    private static void assertMoments(Recipe recipe, Path trained) {
        try (Checkpoint saved = Checkpoint.openUnverified(RunStorage.checkpoints(trained));
                Arena arena = Arena.ofConfined()) {
            for (ParameterSpec spec : GptMoeTensors.declare(recipe.model(), recipe.vocabularySize())) {
                MemorySegment moment = arena.allocate(spec.count() * Float.BYTES, Float.BYTES);
                saved.read(CheckpointNames.firstMoment(spec.name()), moment);
                float most = 0;
                for (float value : moment.toArray(ValueLayout.JAVA_FLOAT)) {
                    most = Math.max(most, Math.abs(value));
                }
                assertThat(most).as(spec.name()).isPositive();
            }
        }
    }

    private Recipe recipe(String... settings) {
        return recipe(ours, settings);
    }

    private static Recipe recipe(Path ours, String... settings) {
        ConfigTree tree = ConfigSource.file(ours.resolve(ModelImport.RECIPE)).load();
        tree = tree.set("data.documents=40", "test").set("train.steps=3", "test");
        tree = tree.set("train.warmup_steps=0", "test").set("train.global_batch=4", "test");
        tree = tree.set("train.lr=1e-3", "test").set("train.eval_interval=0", "test");
        for (String setting : settings) {
            tree = tree.set(setting, "test");
        }
        return Recipes.bind(tree);
    }

    @Test
    void shouldTrainToTheSameLossesOnAnyNumberOfRanks() {
        TrainedRanks.History one = TrainedRanks.train(recipe(), Topology.of(1), null);
        TrainedRanks.History two = TrainedRanks.train(recipe(), Topology.of(2), null);
        TrainedRanks.History random = TrainedRanks.train(recipe("checkpoint.init_from="), Topology.of(1), null);
        for (int step = 0; step < one.losses().size(); step++) {
            assertThat(two.losses().get(step)).isCloseTo(one.losses().get(step), Percentage.withPercentage(1e-3));
            assertThat(two.norms().get(step)).isCloseTo(one.norms().get(step), Percentage.withPercentage(1e-2));
        }
        assertThat(one.losses().getFirst()).isNotEqualTo(random.losses().getFirst());
    }

    /** Its loss before training is that of the model's own logits: the one that evaluation finds. */
    @Test
    void shouldGoOnFromTheCheckpointItself() {
        Path on = folder.resolve("on");
        ConfigTree saved = TrainedModel.config(ours);
        Recipe recipe = Recipes.bind(saved.set("train.steps=2", "test").set("train.warmup_steps=0", "test"));
        TrainedRanks.History resumed = TrainedRanks.resume(recipe, Topology.of(2), on, ours);
        TrainedRanks.History begun = TrainedRanks.train(recipe, Topology.of(2), null);
        assertThat(resumed.losses()).isEqualTo(begun.losses());
    }

    @Test
    void shouldTrainEveryTensorAndWriteItBack() throws Exception {
        Path tuned = folder.resolve("tuned");
        TrainedRanks.train(recipe(), Topology.of(2), tuned);
        assertMoments(recipe(), tuned);
        Path back = folder.resolve("back");
        try (ModelExport model = ModelExport.open(tuned, Optional.empty())) {
            model.write(back);
        }
        for (String same : new String[] {"config.json", "tokenizer.json", "model.safetensors.index.json"}) {
            assertThat(back.resolve(same)).hasSameBinaryContentAs(source.resolve(same));
        }
        for (String other : new String[] {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}) {
            assertThat(Files.size(back.resolve(other))).isEqualTo(Files.size(source.resolve(other)));
            assertThat(Files.mismatch(back.resolve(other), source.resolve(other)))
                    .isPositive();
        }
    }

    /** No tensor shows these, so the config.json of the files that it came of would be wrong. */
    @Test
    void shouldWriteAnotherConfigIfTheRunHadOtherSettings() {
        Path tuned = folder.resolve("tuned");
        TrainedRanks.train(recipe("model.rope_theta=9000", "train.steps=1"), Topology.of(1), tuned);
        Path back = folder.resolve("back");
        try (ModelExport model = ModelExport.open(tuned, Optional.empty())) {
            model.write(back);
        }
        assertThat(back.resolve("config.json"))
                .content()
                .contains("\"rope_theta\" : 9000.0", "\"torch_dtype\" : \"bfloat16\"", "Qwen2MoeForCausalLM");
    }

    @Test
    void shouldRefuseToBeginWithAnotherModel() {
        assertThatThrownBy(() -> TrainedRanks.train(recipe("model.d_ff=24"), Topology.of(1), null))
                .hasMessageContaining("tensor \"layers.0.experts.0.w1\" shape: expected [24, 16], found [12, 16]");
        assertThatThrownBy(() -> TrainedRanks.train(recipe("model.vocab_size=300"), Topology.of(1), null))
                .hasMessageContaining("tensor \"embedding.token\" shape: expected [300, 16], found [264, 16]");
        assertThatThrownBy(() -> recipe("model.vocab_size=100").vocabularySize())
                .hasMessageContaining("model.vocab_size 100 has no room for the 259 token ids of the data");
    }
}
