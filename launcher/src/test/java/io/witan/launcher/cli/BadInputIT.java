package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.Launcher;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.process.JvmSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mistakes, each through the real command: one line, the documented code, nothing made or changed. The commands run in
 * this process, as none of them gets as far as a rank; the run that they are tried on was trained by processes.
 */
final class BadInputIT {
    private static final int USAGE = 2;
    private static final int CONFIG = 4;
    private static final int DATA = 5;
    private static final int CHECKPOINT = 6;
    private static final int OUTPUT = 11;
    private static final String STEP = "checkpoints/step-00000003/";

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    /** Copy of a whole run. */
    private Path run;

    @BeforeAll
    static void train() throws Exception {
        try (LauncherProcess run = Witan.train(
                shared,
                "--ranks",
                "2",
                "--out",
                "o",
                "--set",
                "train.stop_after=3",
                "--set",
                "checkpoint.vault_memory=false",
                "--set",
                "train.eval_interval=0")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
        }
        System.setProperty(JvmSettings.HOME_PROPERTY, LauncherProcess.root().toString());
    }

    @BeforeEach
    void copyTheRun() throws IOException {
        run = folder.resolve("run");
        try (Stream<Path> paths = Files.walk(shared.resolve("o"))) {
            for (Path path : paths.toList()) {
                Files.copy(
                        path, run.resolve(shared.resolve("o").relativize(path).toString()));
            }
        }
    }

    private record Result(int code, List<String> err) {}

    private static Result execute(List<String> arguments) {
        PrintStream before = System.err;
        ByteArrayOutputStream caught = new ByteArrayOutputStream();
        System.setErr(new PrintStream(caught, true, StandardCharsets.UTF_8));
        try {
            int code = Launcher.run(arguments.toArray(String[]::new), Main.composition());
            return new Result(
                    code, caught.toString(StandardCharsets.UTF_8).lines().toList());
        } finally {
            System.setErr(before);
        }
    }

    /** Expects one line that contains the text, the code, and the folder as it was. */
    private void assertRefused(int code, String text, List<String> arguments) throws IOException {
        Map<String, String> before = Witan.contents(folder);
        Result result = execute(arguments);
        assertThat(result.err()).singleElement().asString().contains(text).doesNotContain("internal error", "REDACTED");
        assertThat(result.code()).as("%s", result.err()).isEqualTo(code);
        assertThat(Witan.contents(folder)).isEqualTo(before);
    }

    private void assertTrainRefused(int code, String text, String... more) throws IOException {
        List<String> words =
                new ArrayList<>(Witan.smallRun("--out", folder.resolve("new").toString()));
        words.addAll(List.of(more));
        assertRefused(code, text, words);
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    @Test
    void wrongKeysAreNamedWithTheNearestRightOne() throws IOException {
        assertTrainRefused(CONFIG, "train.step", "--set", "train.stpes=3");
        assertTrainRefused(CONFIG, "model.experts", "--set", "model.expert=4");
        assertTrainRefused(CONFIG, "train.lr", "--set", "train.lr=fast");
        assertTrainRefused(CONFIG, "parallel.policy", "--set", "parallel.policy=dp");
        assertTrainRefused(CONFIG, "train.steps", "--set", "train.steps=0");
        assertTrainRefused(CONFIG, "multiple of", "--set", "train.accumulation=3");
        Path recipe = file("mine.yaml", "model:\n  d_model: 32\n  layrs: 2\n");
        assertTrainRefused(CONFIG, "mine.yaml:3", "--recipe", recipe.toString());
        assertTrainRefused(CONFIG, "layers", "--recipe", recipe.toString());
        assertTrainRefused(CONFIG, "built in: tiny", "--recipe", "huge");
        assertTrainRefused(USAGE, "did you mean --steps?", "--stesp", "3");
    }

    @Test
    void dataThatIsNotThereOrNotRightIsNamed() throws IOException {
        assertTrainRefused(
                DATA, "nowhere.jsonl", "--data", folder.resolve("nowhere.jsonl").toString());
        assertTrainRefused(
                DATA, "empty.jsonl", "--data", file("empty.jsonl", "").toString());
        assertTrainRefused(DATA, "empty.txt", "--data", file("empty.txt", " \n").toString());
        Path folderWithout = Files.createDirectory(folder.resolve("nothing"));
        assertTrainRefused(DATA, "nothing", "--data", folderWithout.toString());
        Path broken = file("broken.jsonl", "{\"text\":\"one\"}\n\n{\"text\":\"two\"\n{\"text\":\"three\"}\n");
        assertTrainRefused(DATA, "broken.jsonl:3: not a JSON object", "--data", broken.toString());
        Path array = file("array.jsonl", "{\"text\":\"one\"}\n[1]\n");
        assertTrainRefused(DATA, "array.jsonl:2: not a JSON object", "--data", array.toString());
        Path fields = file("fields.jsonl", "{\"text\":\"one\"}\n");
        assertTrainRefused(
                DATA, "fields.jsonl:1: no field \"body\"", "--data", fields.toString(), "--set", "data.fields=[body]");
    }

    @Test
    void aRoutingThatCanNotBeImposedIsRefused() throws IOException {
        assertTrainRefused(USAGE, "skew \"zipf:-1\": S is \"-1\"; allowed is zipf:S[,drift=D]", "--force-skew=zipf:-1");
        assertTrainRefused(USAGE, "it has 205 characters", "--force-skew", "zipf:" + "1".repeat(200));
        assertTrainRefused(USAGE, "D is \"2\"", "--force-skew", "zipf:1,drift=2");
        assertTrainRefused(CONFIG, "routing: skew \"even\"", "--set", "routing.force_skew=even");
        assertTrainRefused(USAGE, "exclude each other", "--force-skew", "zipf:1", "--replay-loads", run.toString());
        assertTrainRefused(
                CONFIG,
                "force_skew and replay_loads exclude each other",
                "--force-skew",
                "zipf:1",
                "--set",
                "routing.replay_loads=" + run);
        Path nowhere = folder.resolve("nowhere");
        assertTrainRefused(CONFIG, "nowhere: no such metrics file", "--replay-loads", nowhere.toString());
        Path broken = file("broken-metrics.jsonl", "no metrics\n");
        assertTrainRefused(CONFIG, "broken-metrics.jsonl:1: not JSON", "--replay-loads", broken.toString());
        assertTrainRefused(
                CONFIG,
                "is of another model: 2 layers of 6 experts, top 2; this one has 2 layers of 5 experts, top 2",
                "--replay-loads",
                run.toString(),
                "--set",
                "model.experts=5");
        assertTrainRefused(
                CONFIG,
                "this one has 2 layers of 6 experts, top 1",
                "--replay-loads",
                run.toString(),
                "--set",
                "model.top_k=1");
    }

    @Test
    void aMetricsPortThatIsNoneIsRefused() throws IOException {
        assertTrainRefused(
                USAGE, "--metrics-port must be a whole number from 0 to 65535, got 65536", "--metrics-port", "65536");
        assertTrainRefused(USAGE, "--metrics-port", "--metrics-port=-1");
    }

    @Test
    void aTraceThatCannotBeWrittenIsRefused() throws IOException {
        Path file = file("a-file", "kept");
        assertTrainRefused(OUTPUT, "trace file " + file + " exists; name another one", "--trace", file.toString());
        assertTrainRefused(OUTPUT, "exists; name another one", "--trace", folder.toString());
        assertTrainRefused(
                OUTPUT,
                "there is no folder for trace file",
                "--trace",
                folder.resolve("no/trace.json").toString());
        String free = folder.resolve("trace.json").toString();
        assertTrainRefused(USAGE, "there is no --trace", "--trace-steps", "1..2");
        assertTrainRefused(USAGE, "steps \"5\"; allowed is A..B", "--trace", free, "--trace-steps", "5");
        assertTrainRefused(USAGE, "the first no greater than the last", "--trace", free, "--trace-steps", "5..4");
    }

    @Test
    void moreRanksThanWorkAreRefused() throws IOException {
        assertTrainRefused(CONFIG, "9 ranks exceed the 8 rows", "--ranks", "9");
        assertTrainRefused(
                CONFIG,
                "3 ranks exceed the 2 expert slots over all layers",
                "--ranks",
                "3",
                "--set",
                "model.layers=1",
                "--set",
                "model.experts=2");
    }

    @Test
    void shardsThatDoNotFitAreRefused() throws IOException {
        String halves = "parallel.expert_sharding=2";
        assertTrainRefused(
                CONFIG,
                "parallel.expert_sharding 2 must divide the ranks of every node, got 3 on node 0",
                "--ranks",
                "3",
                "--set",
                halves);
        assertTrainRefused(
                CONFIG,
                "parallel.expert_sharding 5 must be 1 or more and divide model.d_ff 48",
                "--set",
                "parallel.expert_sharding=5");
        assertTrainRefused(CONFIG, "must be 1, got 2", "--policy", "sharded-experts", "--set", halves);
        assertRefused(
                CHECKPOINT,
                "parallel.expert_sharding differs: this run has \"2\", what is saved there \"1\"",
                List.of("train", "--resume", run.toString(), "--set", halves));
        assertRefused(
                USAGE,
                "--policy sharded-experts needs parallel.expert_sharding 1, got 2",
                List.of("plan", "--policy", "sharded-experts", "--set", halves));
    }

    @Test
    void placesThatCannotBeWrittenOrAreTakenAreRefused() throws IOException {
        assertRefused(OUTPUT, "cannot write to output folder /proc/witan", Witan.smallRun("--out", "/proc/witan"));
        Path file = file("a-file", "kept");
        assertRefused(OUTPUT, "cannot write to output folder " + file, Witan.smallRun("--out", file.toString()));
        assertRefused(OUTPUT, "holds another run", Witan.smallRun("--out", run.toString()));
        assertTrainRefused(OUTPUT, "exists; name another", "--metrics", file.toString());
        assertTrainRefused(
                OUTPUT,
                "no folder for metrics",
                "--metrics",
                folder.resolve("no/m").toString());
    }

    private void assertCheckpointRefused(String text) throws IOException {
        assertRefused(CHECKPOINT, text, List.of("train", "--resume", run.toString()));
        Path elsewhere = folder.resolve("elsewhere");
        assertRefused(CHECKPOINT, text, List.of("train", "--resume", run.toString(), "--out", elsewhere.toString()));
        for (String command : List.of("eval", "generate", "inspect")) {
            assertRefused(CHECKPOINT, text, List.of(command, run.toString()));
        }
    }

    @Test
    void aTruncatedCheckpointIsRefused() throws IOException {
        Path file = run.resolve(STEP + "experts-L01-E002.safetensors");
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.setLength(content.length() - 1);
        }
        assertCheckpointRefused("experts-L01-E002.safetensors: length in bytes: expected ");
        Files.delete(file);
        assertCheckpointRefused("experts-L01-E002.safetensors: is listed in the manifest but not there");
    }

    @Test
    void aFlippedByteIsFound() throws IOException {
        Path file = run.resolve(STEP + "experts-L00-E005.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        assertCheckpointRefused("experts-L00-E005.safetensors: sha256 (1 of 13 files are wrong): expected ");
    }

    @Test
    void aTamperedManifestIsRefused() throws IOException {
        Path manifest = run.resolve(STEP + "manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"step\" : 3", "\"step\" : 2"));
        assertCheckpointRefused("manifest.json: sha256: expected ");
    }

    @Test
    void aLatestThatNamesNothingIsRefused() throws IOException {
        Files.writeString(run.resolve("checkpoints/latest"), "step-00000009\n");
        assertCheckpointRefused("latest: names step-00000009, which is not there");
    }

    @Test
    void aFolderWithoutARunIsRefused() throws IOException {
        assertRefused(
                CHECKPOINT,
                "is not a folder",
                List.of("train", "--resume", folder.resolve("no").toString()));
        Path other = Files.createDirectory(folder.resolve("other"));
        for (String command : List.of("eval", "generate", "inspect")) {
            assertRefused(
                    CHECKPOINT,
                    "is not a folder",
                    List.of(command, folder.resolve("no").toString()));
            assertRefused(CHECKPOINT, "other: no checkpoint", List.of(command, other.toString()));
        }
        assertRefused(CHECKPOINT, "other: no checkpoint", List.of("train", "--resume", other.toString()));
    }

    /** A resume with another model or other data would go on from state that does not fit, or replace the vault. */
    @Test
    void aResumeWithAnotherModelOrDataIsRefused() throws IOException {
        List<String> resume = List.of("train", "--resume", run.toString());
        assertRefused(CHECKPOINT, "model differs", with(resume, "--set", "model.d_model=64"));
        assertRefused(CHECKPOINT, "data differs", with(resume, "--set", "data.documents=301"));
        deleteCheckpoints();
        assertRefused(
                CHECKPOINT, "model, data or how experts are kept differs", with(resume, "--set", "model.d_model=64"));
        assertRefused(
                CHECKPOINT, "model, data or how experts are kept differs", with(resume, "--set", "data.documents=301"));
    }

    @Test
    void aDamagedRunRecordIsRefused() throws IOException {
        Files.writeString(run.resolve("run.json"), "{", StandardOpenOption.TRUNCATE_EXISTING);
        assertRefused(
                OUTPUT,
                "run.json is damaged: Unexpected end-of-input: expected close marker for Object",
                List.of("train", "--resume", run.toString()));
    }

    private void deleteCheckpoints() throws IOException {
        try (Stream<Path> paths = Files.walk(run.resolve("checkpoints"))) {
            paths.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
        }
        assertThat(run.resolve("checkpoints")).doesNotExist();
    }

    private static List<String> with(List<String> words, String... more) {
        return Stream.concat(words.stream(), Stream.of(more)).toList();
    }
}
