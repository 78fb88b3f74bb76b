package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.NetworkNamespaces;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a node, or between nodes, of a run of two nodes with two ranks each. */
final class FaultsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STEPS = 24;
    private static final List<String> SETTINGS = Witan.settings("train.steps=" + STEPS, "train.eval_interval=8");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String[] words(String... more) {
        return Stream.concat(SETTINGS.stream(), Stream.of(more)).toArray(String[]::new);
    }

    /** Both nodes are this machine, over the loopback, each with an agent of its own. */
    private static void writeCluster(Path folder) throws IOException {
        Path home = Witan.home(folder);
        Files.writeString(
                folder.resolve("c.yaml"),
                """
                port: %d
                nodes:
                  - {name: a, address: 127.0.0.1, ranks: 2, command: [env], home: "%2$s"}
                  - {name: b, address: 127.0.0.1, ranks: 2, command: [env], home: "%2$s"}
                """
                        .formatted(freePort(), home));
    }

    /** The first of four free ports, most likely. */
    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            return Math.min(socket.getLocalPort(), 65_000);
        }
    }

    @BeforeAll
    static void trainUndisturbed() throws Exception {
        writeCluster(shared);
        try (LauncherProcess run = Witan.train(shared, words("--cluster", "c.yaml", "--out", "o"))) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
        }
    }

    private List<Long> pids() throws IOException {
        List<Long> pids = new ArrayList<>();
        for (JsonNode rank : JSON.readTree(folder.resolve("o/ranks.json").toFile())) {
            pids.add(rank.get("pid").asLong());
        }
        return pids;
    }

    private static long parent(long pid) {
        return ProcessHandle.of(pid).orElseThrow().parent().orElseThrow().pid();
    }

    private void awaitStep(LauncherProcess run, long step) throws InterruptedException {
        Path metrics = folder.resolve("o/metrics.jsonl");
        LauncherProcess.await("step " + step + " " + run.err(), () -> {
            try {
                return Files.exists(metrics) && Files.readString(metrics).contains("{\"step\":" + step + ",\"loss\"");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static List<String> restarts(LauncherProcess run) {
        return run.err().stream().filter(line -> line.contains("restart ")).toList();
    }

    private void assertSameAsUndisturbed() throws IOException {
        MetricsReader expected = Witan.metrics(shared.resolve("o"));
        MetricsReader actual = Witan.metrics(folder.resolve("o"));
        assertThat(actual.steps())
                .extracting(StepMetrics::step)
                .isEqualTo(expected.steps().stream().map(StepMetrics::step).toList());
        assertThat(actual.steps())
                .extracting(StepMetrics::loss)
                .isEqualTo(expected.steps().stream().map(StepMetrics::loss).toList());
        assertThat(actual.validations()).isEqualTo(expected.validations());
        assertThat(pids()).noneMatch(LauncherProcess::alive);
        try (Stream<Path> left = Files.list(folder.resolve("shm"))) {
            assertThat(left).isEmpty();
        }
    }

    /** First the ranks of a node at once, then its agent, whose media driver and shared memory go with it. */
    @Test
    void whatANodeLosesIsStartedAgain() throws Exception {
        writeCluster(folder);
        try (LauncherProcess run = Witan.train(folder, words("--cluster", "c.yaml", "--out", "o"))) {
            awaitStep(run, 4);
            List<Long> before = pids();
            before.subList(2, 4).forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
            awaitStep(run, 10);
            List<Long> between = pids();
            assertThat(between).startsWith(before.get(0), before.get(1)).doesNotContain(before.get(2), before.get(3));
            int restarts = restarts(run).size();
            assertThat(restarts).as("%s", run.err()).isBetween(1, 2);
            LauncherProcess.signal(parent(between.getLast()), "KILL");
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(restarts(run))
                    .hasSize(restarts + 1)
                    .last()
                    .asString()
                    .contains("node b: the node's agent was lost");
            assertThat(pids()).startsWith(before.get(0), before.get(1)).doesNotContain(between.get(2), between.get(3));
        }
        assertSameAsUndisturbed();
    }

    @Test
    void nodesMeetAgainWhenTheirLinkIsBack() throws Exception {
        try (NetworkNamespaces namespaces = NetworkNamespaces.linked()) {
            namespaces.writeCluster(folder.resolve("c.yaml"), Witan.home(folder), 2);
            try (LauncherProcess run = Witan.train(folder, words("--cluster", "c.yaml", "--out", "o"))) {
                awaitStep(run, 6);
                List<Long> before = pids();
                namespaces.cut();
                Thread.sleep(Duration.ofSeconds(10));
                namespaces.mend();
                assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
                assertThat(restarts(run)).singleElement().asString().contains("restart 1 of 3");
                assertThat(pids()).isEqualTo(before);
            }
        }
        assertSameAsUndisturbed();
    }
}
