package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LaunchIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private LauncherProcess train(String... more) throws IOException {
        return LauncherProcess.start(
                folder, Stream.concat(Stream.of("train"), Stream.of(more)).toArray(String[]::new));
    }

    static void assertShmIsEmpty(Path folder) throws IOException {
        try (Stream<Path> left = Files.list(folder.resolve("shm"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aGoodRunShowsPrefixedLinesAndLeavesItsFiles() throws Exception {
        try (LauncherProcess run = train("--out", "o", "--threads", "3", "--set", "a.b=1")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out())
                    .contains("local:0: rank 0 of 2, 3 threads", "local:1: rank 1 of 2, 3 threads")
                    .contains("step 1/40", "step 2/40", "step 40/40", "sample: twice two is four")
                    .contains("picture: o/loss.png", "picture: o/expert-load.png")
                    .doesNotContain("step 3/40");
            assertThat(run.err()).containsExactlyInAnyOrder("local:0: to stderr", "local:1: to stderr");
        }
        JsonNode ranks = JSON.readTree(folder.resolve("o/ranks.json").toFile());
        assertThat(ranks).hasSize(2);
        assertThat(ranks.get(1).get("rank").asInt()).isEqualTo(1);
        assertThat(ranks.get(1).get("node").asText()).isEqualTo("local");
        assertThat(ranks.get(1).get("pid").asLong()).isPositive();
        assertThat(Files.readAllLines(Path.of(ranks.get(1).get("log").asText())))
                .contains("rank 1 of 2, 3 threads", "to stderr");
        JsonNode start = JSON.readTree(folder.resolve("o/run.json").toFile())
                .get("starts")
                .get(0);
        assertThat(start.get("command").toString()).contains("--set");
        assertThat(start.get("config_hash").asText()).hasSize(16);
        assertThat(folder.resolve("o/config.yaml")).hasContent("report\na.b=1");
        assertThat(folder.resolve("o/loss.png")).isNotEmptyFile();
        assertShmIsEmpty(folder);
    }

    @Test
    void quietShowsOnlyErrorsAndTheSummary() throws Exception {
        try (LauncherProcess run = train("--quiet", "--ranks", "1", "--out", "o")) {
            assertThat(run.exitCode()).isZero();
            assertThat(run.out().getFirst()).isEqualTo("sample: twice two is four");
            assertThat(run.err()).containsExactly("local:0: to stderr");
        }
    }

    @Test
    void theDefaultOutputFolderIsNamedAfterTheRecipe() throws Exception {
        try (LauncherProcess run = train("--ranks", "1")) {
            assertThat(run.exitCode()).isZero();
        }
        try (Stream<Path> runs = Files.list(folder.resolve("runs"))) {
            assertThat(runs.map(run -> run.getFileName().toString()))
                    .singleElement()
                    .asString()
                    .matches("report-[0-9]{8}-[0-9]{6}");
        }
    }

    @Test
    void aFolderThatHoldsARunIsRefusedButForResume() throws Exception {
        try (LauncherProcess run = train("--ranks", "1", "--out", "o")) {
            assertThat(run.exitCode()).isZero();
        }
        byte[] before = Files.readAllBytes(folder.resolve("o/run.json"));
        try (LauncherProcess run = train("--ranks", "1", "--out", "o")) {
            assertThat(run.exitCode()).isEqualTo(11);
            assertThat(run.err()).singleElement().asString().contains("holds another run");
        }
        assertThat(folder.resolve("o/run.json")).hasBinaryContent(before);
        try (LauncherProcess run = train("--resume", "o")) {
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).as("as many ranks as before").anyMatch(line -> line.contains("rank 0 of 1"));
        }
        assertThat(JSON.readTree(folder.resolve("o/run.json").toFile()).get("starts"))
                .hasSize(2);
        try (LauncherProcess run = train("--ranks", "1", "--resume", "nowhere")) {
            assertThat(run.exitCode()).isEqualTo(6);
        }
    }

    @Test
    void aMistakeIsOneLineWithItsCodeAndNothingIsWritten() throws Exception {
        Files.writeString(folder.resolve("c.yaml"), "nodes:\n  - name: a\n    address: 127.0.0.1\n    ranks: two\n");
        Files.writeString(folder.resolve("m.jsonl"), "kept");
        List<Mistake> mistakes = List.of(
                new Mistake(2, "did you mean --steps?", "train", "--stesp", "3"),
                new Mistake(2, "--ranks must be a whole number from 1 to 4096, got 0", "train", "--ranks", "0"),
                new Mistake(2, "--spares must be a whole number from 0 to 64, got 65", "train", "--spares", "65"),
                new Mistake(
                        2,
                        "policy \"dp\", allowed ep, fssdp, shadow, exchange, replicate, sharded-experts",
                        "train",
                        "--policy",
                        "dp"),
                new Mistake(2, "key=value", "train", "--set", "lr"),
                new Mistake(4, "c.yaml:4: nodes[0].ranks must be", "train", "--cluster", "c.yaml"),
                new Mistake(5, "train.jsonl:17: not a JSON object", "train", "--recipe", "unplannable"),
                new Mistake(3, "to mend: mount", "train", "--recipe", "huge", "--out", "o"),
                new Mistake(11, "metrics file m.jsonl exists", "train", "--metrics", "m.jsonl", "--out", "o"),
                new Mistake(11, "cannot write to output folder", "train", "--out", "/proc/witan"));
        for (Mistake mistake : mistakes) {
            try (LauncherProcess run = LauncherProcess.start(folder, mistake.arguments())) {
                assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(mistake.code());
                assertThat(run.err()).singleElement().asString().contains(mistake.text());
            }
        }
        assertThat(folder.resolve("o")).doesNotExist();
        assertThat(folder.resolve("runs")).doesNotExist();
        assertThat(folder.resolve("m.jsonl")).hasContent("kept");
    }

    private record Mistake(int code, String text, String... arguments) {}
}
