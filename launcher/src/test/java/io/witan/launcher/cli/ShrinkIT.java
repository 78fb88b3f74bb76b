package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.runtime.metrics.StepMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nodes, agents in processes of their own, are lost in the middle of a run, which goes on with the ranks that are left. */
final class ShrinkIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> SETTINGS = Witan.settings("train.steps=18", "train.eval_interval=0");
    /** Relative, in percent: 1e-4. */
    private static final double LOSS_PERCENT = 0.01;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String[] words(String... more) {
        return Stream.concat(SETTINGS.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @BeforeAll
    static void trainUndisturbed() throws Exception {
        try (LauncherProcess run = Witan.train(shared, words("--ranks", "3", "--out", "o", "--spares", "0"))) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
        }
    }

    /** Two agents as on other machines: node a with ranks 0 and 1, node b with rank 2. */
    private void writeCluster() throws IOException {
        Path home = Witan.home(folder);
        try (DatagramSocket free = new DatagramSocket(0)) {
            Files.writeString(
                    folder.resolve("c.yaml"),
                    """
                    port: %1$d
                    nodes:
                      - {name: a, address: 127.0.0.1, ranks: 2, command: [env], home: "%2$s"}
                      - {name: b, address: 127.0.0.1, ranks: 1, command: [env], home: "%2$s"}
                    """
                            .formatted(Math.min(free.getLocalPort(), 65_000), home));
        }
    }

    private List<JsonNode> ranks() throws IOException {
        List<JsonNode> ranks = new ArrayList<>();
        JSON.readTree(folder.resolve("o/ranks.json").toFile()).forEach(ranks::add);
        return ranks;
    }

    /** The agent of a node and its ranks, at once. */
    private List<Long> killNode(String node) throws IOException {
        List<ProcessHandle> doomed = new ArrayList<>();
        for (JsonNode rank : ranks()) {
            if (rank.get("node").asText().equals(node)) {
                ProcessHandle process =
                        ProcessHandle.of(rank.get("pid").asLong()).orElseThrow();
                doomed.addFirst(process.parent().orElseThrow());
                doomed.add(process);
            }
        }
        doomed.forEach(ProcessHandle::destroyForcibly);
        return doomed.stream().map(ProcessHandle::pid).distinct().toList();
    }

    private void awaitStep(int step) throws InterruptedException {
        Path metrics = folder.resolve("o/metrics.jsonl");
        LauncherProcess.await("step " + step, () -> {
            try {
                return Files.exists(metrics) && Files.readString(metrics).contains("{\"step\":" + step + ",\"loss\"");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void assertLikeUndisturbed() throws Exception {
        List<StepMetrics> expected = Witan.metrics(shared.resolve("o")).steps();
        List<StepMetrics> actual = Witan.metrics(folder.resolve("o")).steps();
        assertThat(actual)
                .extracting(StepMetrics::step)
                .isEqualTo(LongStream.rangeClosed(1, expected.size()).boxed().toList());
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).loss())
                    .as("loss of step %d", i + 1)
                    .isCloseTo(expected.get(i).loss(), withinPercentage(LOSS_PERCENT));
        }
        assertThat(folder.resolve("o/vault")).doesNotExist();
        for (JsonNode rank : ranks()) {
            assertThat(LauncherProcess.alive(rank.get("pid").asLong())).isFalse();
        }
    }

    /** With node a goes rank 0, whose place the only one takes that is left, alone. */
    @ParameterizedTest
    @CsvSource({"b, 2, a a", "a, 1, b"})
    void theOtherRanksGoOnWithoutANode(String lost, int left, String nodes) throws Exception {
        writeCluster();
        try (LauncherProcess run =
                Witan.train(folder, words("--cluster", "c.yaml", "--out", "o", "--on-node-loss", "shrink"))) {
            awaitStep(8);
            List<Long> killed = killNode(lost);
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(killed).noneMatch(LauncherProcess::alive);
            assertThat(run.err())
                    .filteredOn(line -> line.startsWith("witan: "))
                    .singleElement()
                    .asString()
                    .startsWith("witan: node " + lost + ": the node's agent was lost")
                    .endsWith("restart 1 of 3: the other " + left
                            + " of 3 ranks go on after the last step that all have completed");
            assertThat(run.out())
                    .anyMatch(line -> line.matches(
                            nodes.substring(0, 1) + ":0: going on after step \\d+, from the vaults of 3 ranks"));
        }
        assertThat(ranks()).extracting(rank -> rank.get("node").asText()).isEqualTo(List.of(nodes.split(" ")));
        assertLikeUndisturbed();
    }

    /** The launcher is killed, and all ranks with it; then there are more of them. */
    @Test
    void aRunGoesOnWithMoreRanks() throws Exception {
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "2", "--out", "o", "--spares", "0"))) {
            awaitStep(6);
            run.process().destroyForcibly();
            run.exitCode();
        }
        for (JsonNode rank : ranks()) {
            long pid = rank.get("pid").asLong();
            LauncherProcess.await("rank " + pid + " ends", () -> !LauncherProcess.alive(pid));
        }
        try (LauncherProcess run =
                Witan.start(folder, "train", "--resume", "o", "--ranks", "4", "--threads", "1", "--spares", "0")) {
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.out())
                    .anyMatch(line -> line.matches("local:0: going on after step \\d+, from the vaults of 2 ranks"));
        }
        assertLikeUndisturbed();
    }
}
