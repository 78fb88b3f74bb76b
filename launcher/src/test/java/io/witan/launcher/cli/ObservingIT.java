package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.tensorboard.EventDecoder;
import io.witan.launcher.tensorboard.EventDecoder.Event;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one sees of real runs, while they go on and after they failed. */
final class ObservingIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int RANKS = 3;
    private static final int LOST = 1;

    @TempDir
    Path folder;

    private List<String> output(String... words) throws IOException, InterruptedException {
        try (LauncherProcess run = Witan.start(folder, words)) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            return run.out();
        }
    }

    @Test
    void aRunIsSeenAsJsonAsChartsAndAsATable() throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        try (LauncherProcess run =
                Witan.train(folder, "--ranks", "2", "--out", "o", "--log-format", "json", "--tensorboard", "boards")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            for (String line : run.out()) {
                lines.add(JSON.readTree(line));
            }
        }
        assertThat(lines).allSatisfy(line -> assertThat(line.fieldNames())
                .toIterable()
                .startsWith("time", "level", "event")
                .endsWith("message"));
        assertThat(lines)
                .extracting(line -> line.get("event").asText())
                .contains("launcher", "output", "progress", "balance", "summary");

        MetricsReader metrics = Witan.metrics(folder.resolve("o"));
        List<Event> losses = events().stream()
                .filter(event -> event.scalars().containsKey("loss/train"))
                .toList();
        assertThat(losses)
                .extracting(Event::step)
                .isEqualTo(LongStream.rangeClosed(1, Witan.STEPS).boxed().toList());
        assertThat(losses)
                .extracting(event -> event.scalars().get("loss/train"))
                .isEqualTo(metrics.steps().stream()
                        .map(StepMetrics::loss)
                        .map(Double::floatValue)
                        .toList());
        RankMetrics last = metrics.ranks().getLast();
        assertThat(last.step()).isEqualTo(Witan.STEPS);
        assertThat(last.ranks()).hasSize(2).allSatisfy(rank -> {
            assertThat(rank.ownMs()).isPositive();
            assertThat(rank.sentBytes()).isPositive();
            assertThat(rank.residentBytes()).isGreaterThan(10_000_000);
        });
        assertThat(last.ranks().stream().mapToDouble(RankMetrics.OfRank::load).sum())
                .isBetween(1.99, 2.01);

        assertThat(output("top", "o", "--once"))
                .startsWith("o: 2 ranks on 1 node, restart 0 of 3")
                .anyMatch(line -> line.startsWith("not running: ended ") && line.endsWith("; exit code 0 (ok)"))
                .anyMatch(line -> line.startsWith("step 20/20  loss "))
                .anyMatch(line -> line.matches(" +1 +local +\\d+ +ended +0 .*"));
    }

    private List<Event> events() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("boards/o"))) {
            return EventDecoder.events(Files.readAllBytes(files.toList().getFirst()));
        }
    }

    @Test
    void aRunThatFailsLeavesRecordsOfWhereItsRanksWere() throws Exception {
        try (LauncherProcess run = Witan.train(
                folder, "--ranks", "" + RANKS, "--out", "o", "--max-restarts", "0", "--set", "train.steps=5000")) {
            Path metrics = folder.resolve("o/metrics.jsonl");
            LauncherProcess.await(
                    "a step", () -> Files.exists(metrics) && metrics.toFile().length() > 0);
            assertThat(output("top", "--once", "o"))
                    .anyMatch(line -> line.startsWith("running for "))
                    .anyMatch(line -> line.matches(" +2 +local +\\d+ +alive +0 .*"));
            JsonNode ranks = JSON.readTree(folder.resolve("o/ranks.json").toFile());
            LauncherProcess.signal(ranks.get(LOST).get("pid").asLong(), "KILL");
            assertThat(run.exitCode()).isEqualTo(137);
            assertThat(run.err())
                    .contains("witan: bin/witan inspect o shows which rank was at which collective operation"
                            + " (logs/flight-rank-*.json)");
        }
        assertThat(output("inspect", "o"))
                .startsWith("flight records of ranks [0, 2] of a world of 3, attempt 0:")
                .anyMatch(line -> line.startsWith("  ranks [0, 2]: ") && line.contains("rank 1 is lost"))
                .contains("rank 1 left no record: killed, or ended otherwise before the failure");
        assertThat(output("top", "o", "--once"))
                .anyMatch(line -> line.endsWith("; killed by SIGKILL"))
                .anyMatch(line -> line.matches(" +1 +local +\\d+ +failed +0 .*"));
    }
}
