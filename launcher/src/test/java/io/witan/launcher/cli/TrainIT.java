package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.NetworkNamespaces;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.vault.LeftMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trains with the real program in processes over Aeron. All tests compare with one run of two ranks. */
final class TrainIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final double LOSS_TOLERANCE = 1e-4;
    private static final double NORM_TOLERANCE = 1e-3;
    /** Where runs stop that only compare their first steps; the schedule is still that of the whole run. */
    private static final int FEW_STEPS = 6;

    private static final String STOP_EARLY = "train.stop_after=" + FEW_STEPS;

    @TempDir
    static Path shared;

    private static List<String> shown;

    @TempDir
    Path folder;

    @BeforeAll
    static void trainOnTwoRanks() throws Exception {
        try (LauncherProcess run = Witan.train(shared, "--ranks", "2", "--out", "o")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            shown = run.out();
        }
    }

    private static Path reference() {
        return shared.resolve("o");
    }

    private static void finish(LauncherProcess run) throws InterruptedException {
        assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
    }

    private static List<Long> pids(Path run) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (JsonNode rank : JSON.readTree(run.resolve("ranks.json").toFile())) {
            pids.add(rank.get("pid").asLong());
        }
        return pids;
    }

    private static void assertNothingIsLeft(Path folder) throws IOException {
        assertThat(pids(folder.resolve("o"))).noneMatch(LauncherProcess::alive);
        try (Stream<Path> left = Files.list(folder.resolve("shm"))) {
            assertThat(left).isEmpty();
        }
    }

    private static void assertSameBits(Path run, int steps) {
        assertSameBits(run, reference(), steps);
    }

    private static void assertSameBits(Path run, Path reference, int steps) {
        List<StepMetrics> expected = Witan.metrics(reference).steps().subList(0, steps);
        List<StepMetrics> actual = Witan.metrics(run).steps();
        assertThat(actual)
                .extracting(StepMetrics::step)
                .isEqualTo(LongStream.rangeClosed(1, steps).boxed().toList());
        assertThat(actual)
                .extracting(StepMetrics::loss)
                .isEqualTo(expected.stream().map(StepMetrics::loss).toList());
        assertThat(actual)
                .extracting(StepMetrics::gradNorm)
                .isEqualTo(expected.stream().map(StepMetrics::gradNorm).toList());
    }

    @Test
    void aRunLeavesAllItsFilesAndNothingElse() throws Exception {
        assertThat(reference().resolve("checkpoints/latest")).hasContent("step-000000" + Witan.STEPS);
        assertThat(reference().resolve("checkpoints/step-000000" + Witan.STEPS)).isDirectory();
        for (String picture : List.of("loss.png", "expert-load.png")) {
            assertThat(ImageIO.read(reference().resolve(picture).toFile()))
                    .as(picture)
                    .isNotNull();
        }
        JsonNode ranks = JSON.readTree(reference().resolve("ranks.json").toFile());
        assertThat(ranks).hasSize(2);
        for (JsonNode rank : ranks) {
            assertThat(rank.fieldNames()).toIterable().containsExactlyInAnyOrder("rank", "node", "pid", "log");
            assertThat(Path.of(rank.get("log").asText())).isNotEmptyFile();
        }
        assertNothingIsLeft(shared);
        assertThat(shown).contains("picture: o/loss.png").anyMatch(line -> line.startsWith("step 1/" + Witan.STEPS));
    }

    @Test
    void theSampleIsShownAndKept() throws IOException {
        String sample = Files.readString(reference().resolve("sample.txt"));
        assertThat(sample).isNotBlank();
        List<String> lines =
                sample.stripTrailing().lines().map(line -> "  | " + line).toList();
        assertThat(shown).containsSubsequence("sample (sample.txt):").containsAll(lines);
    }

    @Test
    void metricsHaveAllKeysAndTheLossFalls() throws IOException {
        for (String line : Files.readAllLines(reference().resolve("metrics.jsonl"))) {
            JsonNode metrics = JSON.readTree(line);
            if (metrics.has("loss")) {
                assertThat(metrics.fieldNames())
                        .toIterable()
                        .contains(
                                "step",
                                "loss",
                                "grad_norm",
                                "tokens_per_s",
                                "imbalance",
                                "bytes_sparse_all_gather",
                                "bytes_sparse_reduce_scatter",
                                "bytes_all_to_all");
            }
        }
        MetricsReader metrics = Witan.metrics(reference());
        List<StepMetrics> steps = metrics.steps();
        assertThat(steps.getLast().loss()).isLessThan(steps.getFirst().loss() - 0.3);
        assertThat(metrics.validations()).extracting("step").containsExactly(10L, (long) Witan.STEPS);
        assertThat(metrics.validations().getLast().valLoss())
                .isLessThan(metrics.validations().getFirst().valLoss());
        assertThat(metrics.loads()).hasSize(Witan.STEPS);
        assertThat(steps).extracting(step -> step.bytes().allToAll()).allMatch(bytes -> bytes > 0);
        assertThat(steps).extracting(step -> step.bytes().sparseAllGather()).anyMatch(bytes -> bytes > 0);
        assertThat(steps)
                .extracting(step -> step.bytes().sparseReduceScatter())
                .isEqualTo(steps.stream()
                        .map(step -> step.bytes().sparseAllGather())
                        .toList());
    }

    @Test
    void theSameRunTwiceGivesTheSameBits() throws Exception {
        try (LauncherProcess run = Witan.train(folder, "--ranks", "2", "--out", "o", "--quiet")) {
            finish(run);
            assertThat(run.out().getFirst()).startsWith("checkpoint: ");
        }
        assertSameBits(folder.resolve("o"), Witan.STEPS);
        assertThat(folder.resolve("o/sample.txt"))
                .hasSameBinaryContentAs(reference().resolve("sample.txt"));
    }

    @ParameterizedTest
    @CsvSource({"1, fssdp", "2, ep", "4, fssdp"})
    void otherRanksAndPoliciesGiveTheSameNumbers(String ranks, String policy) throws Exception {
        try (LauncherProcess run =
                Witan.train(folder, "--ranks", ranks, "--policy", policy, "--out", "o", "--set", STOP_EARLY)) {
            finish(run);
        }
        List<StepMetrics> expected = Witan.metrics(reference()).steps();
        List<StepMetrics> actual = Witan.metrics(folder.resolve("o")).steps();
        assertThat(actual).hasSize(FEW_STEPS);
        for (int i = 0; i < FEW_STEPS; i++) {
            assertThat(actual.get(i).loss()).isCloseTo(expected.get(i).loss(), within(LOSS_TOLERANCE));
            double norm = expected.get(i).gradNorm();
            assertThat(actual.get(i).gradNorm()).isCloseTo(norm, within(NORM_TOLERANCE * norm));
            boolean copies = actual.get(i).bytes().sparseAllGather() > 0;
            assertThat(copies && (policy.equals("ep") || ranks.equals("1"))).isFalse();
        }
        assertNothingIsLeft(folder);
    }

    @Test
    void aRunThatWasStoppedGoesOnAsIfItWasNot() throws Exception {
        Path out = folder.resolve("o");
        try (LauncherProcess run =
                Witan.train(folder, "--ranks", "2", "--out", "o", "--set", "checkpoint.interval=1")) {
            run.awaitOut(1, line -> line.startsWith("step 2/"));
            run.process().toHandle().destroy();
            assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(143);
            assertThat(run.out()).contains("interrupted; to go on: bin/witan train --resume o");
        }
        int completed = Witan.metrics(out).steps().size();
        assertThat(completed).isBetween(2, Witan.STEPS - 1);
        assertNothingIsLeft(folder);
        try (LauncherProcess run = Witan.start(folder, "train", "--resume", "o", "--threads", "1")) {
            finish(run);
            assertThat(run.out()).contains("local:0: going on after step " + completed);
        }
        assertSameBits(out, Witan.STEPS);
        assertThat(Witan.metrics(out).validations())
                .isEqualTo(Witan.metrics(reference()).validations());
        assertThat(out.resolve("sample.txt")).hasSameBinaryContentAs(reference().resolve("sample.txt"));
        assertNothingIsLeft(folder);
    }

    @Test
    void aKilledRankCostsNoCompletedStep() throws Exception {
        Path out = folder.resolve("o");
        try (LauncherProcess run = Witan.train(folder, "--ranks", "2", "--out", "o", "--max-restarts", "0")) {
            run.awaitOut(1, line -> line.startsWith("step 4/"));
            ProcessHandle.of(pids(out).get(1)).orElseThrow().destroyForcibly();
            assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(137);
            assertThat(run.err()).anyMatch(line -> line.startsWith("witan: rank 1 on node local failed first: killed"));
        }
        assertThat(pids(out)).noneMatch(LauncherProcess::alive);
        assertThat(LeftMemory.in(folder.resolve("shm")))
                .as("the vault, and nothing else")
                .extracting(LeftMemory::folder)
                .containsExactly(Files.list(folder.resolve("shm")).toArray(Path[]::new));
        assertThat(out.resolve("checkpoints")).doesNotExist();
        long last = Witan.metrics(out).steps().getLast().step();
        assertThat(last).isBetween(4L, Witan.STEPS - 1L);
        try (LauncherProcess run = Witan.start(folder, "train", "--resume", "./o/.", "--threads", "1")) {
            finish(run);
            assertThat(run.out())
                    .containsAnyOf(
                            "local:0: going on after step " + last, "local:0: going on after step " + (last - 1));
        }
        assertSameBits(out, Witan.STEPS);
        assertNothingIsLeft(folder);
    }

    /** Owners may change after every step, so that a kill is never far from a change. */
    @Test
    void aRankThatIsKilledWhileOwnersChangeCostsNoCompletedStep() throws Exception {
        // Costs with which nearly every change of owners pays, the same in all runs.
        List<String> often = Witan.settings(
                "parallel.reshard_interval=1",
                "parallel.costs.attention_forward_ns=1000",
                "parallel.costs.forward_ps_per_assignment=1000000000",
                "parallel.costs.start_up_ns=0",
                "parallel.costs.intra_node_bytes_per_second=100000000000",
                "parallel.costs.inter_node_bytes_per_second=100000000000");
        try (LauncherProcess run = Witan.train(folder, words(often, "--ranks", "2", "--out", "whole"))) {
            finish(run);
        }
        Path whole = folder.resolve("whole");
        assertThat(Witan.metrics(whole).steps())
                .filteredOn(step -> step.extra().get("bytes_reshard") > 0)
                .hasSizeGreaterThan(2);
        Path out = folder.resolve("o");
        try (LauncherProcess run =
                Witan.train(folder, words(often, "--ranks", "2", "--out", "o", "--max-restarts", "0"))) {
            run.awaitOut(1, line -> line.startsWith("step 4/"));
            ProcessHandle.of(pids(out).get(1)).orElseThrow().destroyForcibly();
            assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(137);
        }
        assertThat(out.resolve("checkpoints")).doesNotExist();
        long last = Witan.metrics(out).steps().getLast().step();
        try (LauncherProcess run = Witan.start(folder, "train", "--resume", "o", "--threads", "1")) {
            finish(run);
            assertThat(run.out())
                    .containsAnyOf(
                            "local:0: going on after step " + last, "local:0: going on after step " + (last - 1));
        }
        assertSameBits(out, whole, Witan.STEPS);
        assertThat(Witan.metrics(out).validations())
                .isEqualTo(Witan.metrics(whole).validations());
        assertNothingIsLeft(folder);
    }

    @Test
    void aTracedRunGivesTheSameBitsAndItsTimeline() throws Exception {
        try (LauncherProcess run = Witan.train(
                folder,
                "--ranks",
                "2",
                "--out",
                "o",
                "--trace",
                "t.json",
                "--trace-steps",
                "3..5",
                "--set",
                STOP_EARLY)) {
            finish(run);
            assertThat(run.out())
                    .contains("picture: o/timeline.png", "steps 3 to 5, ms a step")
                    .anyMatch(line -> line.startsWith("trace: t.json"))
                    .anyMatch(line -> line.startsWith("rank 1 "))
                    .anyMatch(line -> line.startsWith("mean "));
        }
        assertSameBits(folder.resolve("o"), FEW_STEPS);
        assertThat(ImageIO.read(folder.resolve("o/timeline.png").toFile())).isNotNull();
        JsonNode overlap = JSON.readTree(folder.resolve("o/overlap.json").toFile());
        assertThat(overlap.get("first_step").asLong()).isEqualTo(3);
        assertThat(overlap.get("ranks")).hasSize(2);
        assertThat(overlap.has("event_model")).isFalse();
        for (JsonNode rank : overlap.get("ranks")) {
            assertThat(rank.get("step_ms").asDouble()).isPositive();
            assertThat(rank.get("compute_ms").asDouble()).isPositive();
            assertThat(rank.get("communication_ms").asDouble()).isPositive();
        }
        List<String> seen = new ArrayList<>();
        for (JsonNode event : JSON.readTree(folder.resolve("t.json").toFile()).get("traceEvents")) {
            if (event.get("ph").asText().equals("X")) {
                seen.add(event.get("pid").asInt() + " " + event.get("name").asText());
                assertThat(event.get("args").get("step").asLong()).isBetween(3L, 5L);
            }
        }
        for (int rank = 0; rank < 2; rank++) {
            assertThat(seen)
                    .contains(
                            rank + " step 3",
                            rank + " step 5",
                            rank + " attention",
                            rank + " attention, backward",
                            rank + " optimizer",
                            rank + " allToAllV",
                            rank + " allReduce");
        }
        assertNothingIsLeft(folder);
    }

    @Test
    void aTracedRunWithPlannedGradientsGivesTheSameBitsAndTheEventModelBesideIt() throws Exception {
        try (LauncherProcess run = Witan.train(
                folder,
                "--ranks",
                "2",
                "--out",
                "o",
                "--trace",
                "t.json",
                "--set",
                "parallel.gradients.release=planned",
                "--set",
                STOP_EARLY)) {
            finish(run);
            assertThat(run.out())
                    .anyMatch(line -> line.contains("gradients: "))
                    .anyMatch(line -> line.startsWith("event model, ms "))
                    .anyMatch(line -> line.startsWith("MoE layer, backward "));
        }
        assertSameBits(folder.resolve("o"), FEW_STEPS);
        assertThat(Files.readString(folder.resolve("o/found.yaml"))).contains("window_bytes");
        JsonNode model =
                JSON.readTree(folder.resolve("o/overlap.json").toFile()).get("event_model");
        for (String name : List.of("moe_forward", "moe_backward", "layers")) {
            JsonNode compared = model.get(name);
            assertThat(compared.get("predicted_ms").asDouble()).isPositive();
            assertThat(compared.get("ratio").asDouble())
                    .isCloseTo(
                            compared.get("measured_ms").asDouble()
                                    / compared.get("predicted_ms").asDouble(),
                            within(1e-9));
        }
        assertThat(ImageIO.read(folder.resolve("o/timeline.png").toFile())).isNotNull();
        assertNothingIsLeft(folder);
    }

    /** A run that is asked to stop has the timeline of its last steps. */
    @Test
    void aStoppedRunHasItsTimeline() throws Exception {
        try (LauncherProcess run = Witan.train(folder, "--ranks", "2", "--out", "o", "--trace", "t.json")) {
            run.awaitOut(1, line -> line.startsWith("step 2/"));
            run.process().toHandle().destroy();
            assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(143);
        }
        int completed = Witan.metrics(folder.resolve("o")).steps().size();
        JsonNode overlap = JSON.readTree(folder.resolve("o/overlap.json").toFile());
        assertThat(overlap.get("last_step").asInt()).isEqualTo(completed);
        assertThat(folder.resolve("t.json")).isNotEmptyFile();
        assertThat(folder.resolve("o/timeline.png")).isNotEmptyFile();
    }

    private static String[] words(List<String> settings, String... more) {
        return Stream.concat(Stream.of(more), settings.stream()).toArray(String[]::new);
    }

    /** Local ranks talk through shared memory, these by UDP; sums are in rank order either way. */
    @Test
    void ranksInTwoNetworkNamespacesGiveTheSameBits() throws Exception {
        Path home = Witan.home(folder);
        try (NetworkNamespaces namespaces = NetworkNamespaces.linked()) {
            namespaces.writeCluster(folder.resolve("c.yaml"), home);
            try (LauncherProcess run = Witan.train(folder, "--cluster", "c.yaml", "--out", "o", "--set", STOP_EARLY)) {
                finish(run);
                assertThat(run.out()).anyMatch(line -> line.startsWith("a:0: model: "));
            }
        }
        assertSameBits(folder.resolve("o"), FEW_STEPS);
        assertNothingIsLeft(folder);
    }

    @Test
    void evalFindsTheLossThatTrainingFound() throws Exception {
        try (LauncherProcess run = Witan.start(shared, "eval", "o")) {
            finish(run);
            double expected = Witan.metrics(reference()).validations().getLast().valLoss();
            Matcher said = Pattern.compile("step 20: validation loss ([0-9.]+) nats per token, .* bytes\\)")
                    .matcher(run.out().get(0));
            assertThat(said.matches()).as(run.out().get(0)).isTrue();
            assertThat(Double.parseDouble(said.group(1))).isCloseTo(expected, within(1e-3));
            assertThat(run.out().get(1)).matches("trigram model of the training text: [0-9.]+ nats per byte");
        }
    }

    @Test
    void generateRepeatsTheSample() throws Exception {
        try (LauncherProcess run = Witan.start(shared, "generate", "o")) {
            finish(run);
            assertThat(run.out()).isEqualTo(Files.readAllLines(reference().resolve("sample.txt")));
        }
    }

    @Test
    void inspectShowsWhatIsThere() throws Exception {
        try (LauncherProcess run = Witan.start(shared, "inspect", "o", "--config")) {
            finish(run);
            assertThat(run.out())
                    .contains("all files match their checksums", "  d_model: 32")
                    .anyMatch(line -> line.contains(Integer.toString(Witan.STEPS)));
        }
    }
}
