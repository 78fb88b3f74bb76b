package io.witan.models.huggingface;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model's folder whose config.json or index is damaged: refused in one line, or a model comes of it that its tensors fit. */
class ModelFilesFuzzTest {
    private static final ModelImport.Options PLAIN = new ModelImport.Options(0, Optional.empty(), "test");
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(4 << 20, 400);
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "-1",
        "0",
        "1",
        "2147483647",
        "1e308",
        "1.5",
        "1000000",
        "99999999999",
        "\"num_hidden_layers\": 1000000,",
        "\"vocab_size\"",
        "\"num_local_experts\": 100000000,",
        "\"head_dim\": 3,",
        "\"rope_scaling\": {\"type\": \"yarn\"},",
        "\"../x\"",
        "\\u0000",
        "[[[["
    };

    @TempDir
    private Path folder;

    @Test
    void damagedConfigsAreReadOrRefused() throws IOException {
        List<TinyModel> models = List.of(TinyModel.mixtral(), TinyModel.qwen(true, false));
        for (int i = 0; i < models.size(); i++) {
            Path model = folder.resolve("config-" + i);
            models.get(i).write(model, "F32", 1);
            damage(model.resolve("config.json"), 5_000);
        }
    }

    @Test
    void damagedIndexesAreReadOrRefused() throws IOException {
        Path model = folder.resolve("index");
        TinyModel.mixtral().write(model, "F32", 3);
        damage(model.resolve(ModelFiles.INDEX), 5_000);
    }

    private static void damage(Path file, long count) throws IOException {
        String good = Files.readString(file);
        Fuzz.texts(file.getParent().getFileName().toString(), count, LIMIT, random -> input(random, good), text -> {
            try {
                Files.write(file, text.getBytes(StandardCharsets.UTF_8));
                try (ModelImport model = ModelImport.open(file.getParent(), PLAIN)) {
                    return !model.description().isEmpty();
                }
            } catch (HuggingFaceException | ConfigException | CheckpointException refusal) {
                if (refusal.getMessage().contains("\n") || refusal.getMessage().length() > 4000) {
                    throw new AssertionError("refused with: " + refusal.getMessage());
                }
                return false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String input(SplittableRandom random, String good) {
        return random.nextInt(10) == 0 ? good : new Mutations(random, FRAGMENTS).damaged(good);
    }
}
