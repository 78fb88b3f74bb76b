package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.LauncherProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code convert}, as a user starts it: a run becomes a model's folder, and that a run again, which computes and trains the same. */
final class ConvertIT {
    @TempDir
    Path folder;

    private List<String> run(int code, String... words) throws IOException, InterruptedException {
        try (LauncherProcess process = Witan.start(folder, words)) {
            assertThat(process.exitCode())
                    .as("%s: %s", List.of(words), process.err())
                    .isEqualTo(code);
            if (code != 0) {
                assertThat(process.err().stream().filter(line -> line.startsWith("witan")))
                        .hasSize(1);
            }
            return code == 0 ? process.out() : process.err();
        }
    }

    @Test
    void aRunGoesOutAndComesBack() throws Exception {
        try (LauncherProcess train = Witan.train(folder, "--ranks", "2", "--out", "o", "--set", "model.kv_heads=1")) {
            assertThat(train.exitCode()).as("%s", train.err()).isZero();
        }
        assertThat(run(0, "convert", "--from", "o", "--to", "mixtral"))
                .contains("step 20 as MixtralForCausalLM of f32");
        assertThat(Files.readString(folder.resolve("mixtral/config.json"))).contains("\"num_key_value_heads\" : 1");
        run(0, "convert", "--from", "mixtral", "--to", "back", "--seq-len", "32");
        String before = run(0, "eval", "o").getFirst();
        String documents = folder.resolve("text.jsonl").toString();
        Files.write(
                folder.resolve("text.jsonl"),
                IntStream.range(3, 43)
                        .mapToObj("{\"text\": \"Anna has %d apples.\"}"::formatted)
                        .toList());
        assertThat(before).startsWith("step 20:");
        String loss = run(0, "eval", "o", "--data", documents).getFirst().replaceFirst("^step \\d+: ", "");
        assertThat(run(0, "eval", "back", "--data", documents).getFirst()).isEqualTo("step 0: " + loss);
        assertThat(run(0, "generate", "back", "--prompt", "Anna", "--tokens", "3")
                        .getFirst())
                .startsWith("Anna");

        String[] train = {
            "train",
            "--recipe",
            "back/recipe.yaml",
            "--data",
            documents,
            "--ranks",
            "2",
            "--out",
            "tuned",
            "--steps",
            "2",
            "--set",
            "train.warmup_steps=0",
            "--set",
            "train.global_batch=4"
        };
        assertThat(run(0, train)).anyMatch(line -> line.contains("output: tuned"));
        run(0, "convert", "--from", "tuned", "--to", "mixtral-tuned");
        assertThat(folder.resolve("mixtral-tuned/config.json"))
                .hasSameBinaryContentAs(folder.resolve("mixtral/config.json"));
    }

    @Test
    void badInputIsOneLine() throws Exception {
        assertThat(run(6, "convert", "--from", "nothing", "--to", "x").getLast())
                .contains("nothing is not a folder");
        Files.createDirectories(folder.resolve("model"));
        assertThat(run(6, "convert", "--from", "model", "--to", "x").getLast()).contains("no checkpoint");
        assertThat(run(11, "convert", "--from", "model", "--to", "model").getLast())
                .contains("model exists");
        assertThat(run(2, "convert", "--from", "model", "--to", "x", "--format", "f8")
                        .getLast())
                .contains("--format must be f32, bf16 or f16, got f8");
        assertThat(run(2, "convert", "--from", "model", "--to", "x", "--upcycle", "4")
                        .getLast())
                .contains("need a model's folder as --from");
        Files.writeString(folder.resolve("model/config.json"), "{}");
        Files.writeString(folder.resolve("model/model.safetensors"), "12345678");
        assertThat(run(6, "convert", "--from", "model", "--to", "x").getLast())
                .contains("model.safetensors: header length");
        assertThat(run(2, "convert", "--from", "model", "--to", "x", "--top-k", "2")
                        .getLast())
                .contains("--top-k, --noise and --seed need --upcycle");
        assertThat(folder.resolve("x")).doesNotExist();
    }
}
