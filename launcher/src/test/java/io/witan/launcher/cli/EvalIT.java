package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.launcher.Launcher;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.process.JvmSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code eval} of a reward model that processes trained, on rows of a file; the command runs in this process. */
final class EvalIT {
    private static final int USAGE = 2;
    private static final int CONFIG = 4;
    private static final int DATA = 5;
    private static final String ROW =
            "{\"category\": \"chat\", \"queries\": [\"bell\"], \"first\": \"red blue\", \"second\": \"run\", \"better\": \"first\"}";

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String run;

    @BeforeAll
    static void train() throws Exception {
        List<String> words = new ArrayList<>(List.of("train", "--recipe", "dmoerm", "--ranks", "2", "--out", "o"));
        words.addAll(Witan.settings(
                "model.d_model=16",
                "model.heads=2",
                "model.d_ff=16",
                "dmoerm.lora_rank=2",
                "dmoerm.router_width=8",
                "dmoerm.pairs=160",
                "dmoerm.validation_pairs=16",
                "dmoerm.test_pairs=40",
                "checkpoint.vault=false",
                "train.steps=12",
                "train.global_batch=8",
                "train.warmup_steps=1",
                "train.eval_interval=0"));
        try (LauncherProcess process = Witan.start(shared, words.toArray(String[]::new))) {
            assertThat(process.exitCode()).as("%s", process.err()).isZero();
        }
        run = shared.resolve("o").toString();
        System.setProperty(JvmSettings.HOME_PROPERTY, LauncherProcess.root().toString());
    }

    private record Result(int code, String out, List<String> err) {}

    private static Result eval(String... more) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        ByteArrayOutputStream refused = new ByteArrayOutputStream();
        System.setOut(new PrintStream(told, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(refused, true, StandardCharsets.UTF_8));
        try {
            String[] words =
                    Stream.concat(Stream.of("eval", run), Stream.of(more)).toArray(String[]::new);
            int code = Launcher.run(words, Main.composition());
            return new Result(
                    code,
                    told.toString(StandardCharsets.UTF_8),
                    refused.toString(StandardCharsets.UTF_8).lines().toList());
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static void assertRefused(int code, String says, String... more) {
        Result result = eval(more);
        assertThat(result.err()).singleElement().asString().contains(says).doesNotContain("internal error");
        assertThat(result.code()).isEqualTo(code);
        assertThat(result.out()).isEmpty();
    }

    private String file(String... rows) throws Exception {
        return Files.write(folder.resolve("pairs.jsonl"), List.of(rows)).toString();
    }

    @Test
    void tellsSharesOfPairsWithTheirIntervals() throws Exception {
        String file = file(
                ROW, ROW.replace("chat", "role_play"), ROW.replace("\"better\": \"first\"", "\"better\": \"tie\""));
        Result lines = eval("--data", file);
        assertThat(lines.code()).as("%s", lines.err()).isZero();
        assertThat(lines.out().lines())
                .anyMatch(line -> line.startsWith("step 12, on ") && line.endsWith("pairs.jsonl:"))
                .anyMatch(line -> line.matches("router and experts, chat: [01]\\.000 \\[0\\.\\d+, .*\\], 1 pairs"))
                .contains("left out, as neither response is better: 1 pairs");

        JsonNode json = new JsonMapper()
                .readTree(eval("--data", file, "--task", "chat", "--json").out());
        assertThat(json.at("/models/router and experts/all/pairs").intValue()).isEqualTo(1);
    }

    @Test
    void tellsWhatTheRunHeldBackWithoutAFile() {
        Result result = eval();
        assertThat(result.code()).as("%s", result.err()).isZero();
        assertThat(result.out())
                .startsWith("step 12, on what the run held back:")
                .contains("bag of words");
    }

    @Test
    void mistakesAreOneLineAndNothingIsTold() throws Exception {
        String file = file(ROW, ROW.replace("\"second\"", "\"other\""));
        assertRefused(DATA, "pairs.jsonl:2: no field \"second\"; the row has category, queries", "--data", file);
        assertRefused(
                DATA,
                "pairs.jsonl:1: field \"category\" is \"verse\"; allowed are role_play",
                "--data",
                file(ROW.replace("chat", "verse")));
        assertRefused(
                DATA, "pairs.jsonl:1: field \"queries\" has no text", "--data", file(ROW.replace("\"bell\"", "")));
        assertRefused(CONFIG, "task verse is no category of dmoerm", "--data", file(ROW), "--task", "verse");
        assertRefused(DATA, "no pair is of category role_play", "--data", file(ROW), "--task", "role_play");
        assertRefused(USAGE, "--rows must be 1 or more, got 0", "--data", file(ROW), "--rows", "0");
        assertRefused(USAGE, "--task and --rows need --data", "--task", "chat");
        assertRefused(
                DATA,
                "none.jsonl: no such file of pairs",
                "--data",
                folder.resolve("none.jsonl").toString());
    }
}
