package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks on several hosts: agents of their own, and UDP between them. */
final class HostsIT {
    private static final int TIMEOUT_SECONDS = 60;

    @TempDir
    Path folder;

    /** Two nodes on 127.0.0.1, whose drivers lose datagrams: only the counts tell of it. */
    @Test
    void lossCostsNoBitAndIsCounted() throws Exception {
        Path json = folder.resolve("rows.jsonl");
        try (BenchProcess bench = BenchProcess.start(
                folder,
                ("--hosts 127.0.0.1,127.0.0.1 --ranks 1 --port " + freePort()
                                + " --min 8 --max 256K --factor 32768 --iters 3 --warmup 1 --loss 0.1 --seed 5 --json "
                                + json)
                        .split(" "))) {
            assertThat(bench.exitCode()).as(bench.errors()).isZero();
            assertThat(bench.output())
                    .contains("# host 127.0.0.1:", "# host 127.0.0.1#2:", "that loses 0.1", "dropped");
            assertThat(bench.left()).isEmpty();
            assertThat(bench.temporary()).isEmpty();
        }
        List<BenchRow> rows = rows(json);
        assertThat(rows.stream().map(BenchRow::op).distinct()).hasSize(BenchOp.values().length);
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.nodes()).isEqualTo(2);
            assertThat(row.ranks()).isEqualTo(2);
            assertThat(row.wrong()).isZero();
            assertThat(row.network().loss()).isEqualTo(0.1);
        });
        assertThat(rows.stream().mapToLong(row -> row.network().dropped()).sum())
                .isPositive();
        assertThat(rows.stream().mapToLong(row -> row.network().naks()).sum()).isPositive();
    }

    @Test
    void aRankOfAnotherHostThatIsKilledIsNamedWithItsHost() throws Exception {
        try (BenchProcess bench = endless()) {
            bench.rank(1).destroyForcibly();
            assertThat(bench.exitCode()).isNotZero();
            assertThat(bench.errors()).contains("rank 1 on node 127.0.0.1#2 failed first: killed by SIGKILL");
        }
    }

    @Test
    void noRankOfAnotherHostOutlivesAKilledBench() throws Exception {
        try (BenchProcess bench = endless()) {
            ProcessHandle rank = bench.rank(1);
            ProcessHandle agent = rank.parent().orElseThrow();
            bench.process().destroyForcibly();
            rank.onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            agent.onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private BenchProcess endless() throws IOException {
        return BenchProcess.start(
                folder,
                ("--hosts 127.0.0.1,127.0.0.1 --ranks 1 --port " + freePort()
                                + " --op all_gather --max 8 --iters 1000000 --seconds-per-line 100")
                        .split(" "));
    }

    @Test
    void anUnreachableHostIsNamed() throws Exception {
        Path cluster = Files.writeString(
                folder.resolve("c.yaml"),
                """
                nodes:
                  - {name: near, address: 127.0.0.1}
                  - {name: far, address: 127.0.0.1, command: ["false"]}
                """);
        try (BenchProcess bench =
                BenchProcess.start(folder, "--cluster", cluster.toString(), "--op", "all_gather", "--max", "8")) {
            assertThat(bench.exitCode()).isNotZero();
            assertThat(bench.errors()).contains("node far: the node's agent did not start; \"false\" ended");
            assertThat(bench.left()).isEmpty();
        }
    }

    /** Two hosts that share no loopback, two ranks each. */
    @Test
    void ranksInTwoNetworkNamespacesMeasureTheirLink() throws Exception {
        String run = UUID.randomUUID().toString().substring(0, 8);
        String a = "witan-a-" + run;
        String b = "witan-b-" + run;
        assumeTrue(shell("ip netns add " + a) == 0, "needs root and iproute2");
        try {
            assertThat(shell("ip netns add " + b)).isZero();
            assertThat(shell(String.join(
                            " && ",
                            "ip -n " + a + " link add eth0 type veth peer name eth0 netns " + b,
                            "ip -n " + a + " addr add 10.231.8.1/24 dev eth0",
                            "ip -n " + b + " addr add 10.231.8.2/24 dev eth0",
                            "ip -n " + a + " link set eth0 up",
                            "ip -n " + b + " link set eth0 up")))
                    .isZero();
            measure(a, b);
        } finally {
            shell("ip netns del " + a);
            shell("ip netns del " + b);
        }
    }

    private void measure(String a, String b) throws Exception {
        Path cluster = Files.writeString(
                folder.resolve("c.yaml"),
                """
                nodes:
                  - {name: a, address: 10.231.8.1, ranks: 2, command: [ip, netns, exec, %s]}
                  - {name: b, address: 10.231.8.2, ranks: 2, command: [ip, netns, exec, %s]}
                """
                        .formatted(a, b));
        Path json = folder.resolve("rows.jsonl");
        String words = " --min 64 --max 128K --factor 1024 --iters 3 --warmup 1 --sparsity 0.5 --experts 4 --json ";
        try (BenchProcess bench = BenchProcess.start(folder, ("--cluster " + cluster + words + json).split(" "))) {
            assertThat(bench.exitCode()).as(bench.errors()).isZero();
            assertThat(bench.output()).contains("# host a:", "# host b:", "# rank 3 pid", "# 4 ranks on 2 hosts");
            assertThat(bench.left()).isEmpty();
        }
        List<BenchRow> rows = rows(json);
        assertThat(rows.stream().map(BenchRow::op).distinct()).hasSize(BenchOp.values().length);
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.nodes()).isEqualTo(2);
            assertThat(row.ranks()).isEqualTo(4);
            assertThat(row.wrong()).isZero();
            assertThat(row.network().dropped()).isZero();
        });
        // Two of four experts: ranks 2 and 3 get one each by UDP, and every rank shows its own to the other of its
        // node.
        assertThat(rows.stream().filter(row -> row.op().equals("sparse_all_gather_in_place")))
                .isNotEmpty()
                .allSatisfy(row -> {
                    assertThat(row.sparse().movedBytes()).isEqualTo(6 * row.bytes() / 4);
                    assertThat(row.sparse().inPlaceBytes()).isEqualTo(4 * row.bytes() / 4);
                });
    }

    private static List<BenchRow> rows(Path json) throws IOException {
        return Files.readAllLines(json).stream().map(BenchRow::fromJson).toList();
    }

    /** The first of two free ports, most likely. */
    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            return Math.min(socket.getLocalPort(), 65_000);
        }
    }

    private static int shell(String command) throws Exception {
        try {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS))
                    .as(command)
                    .isTrue();
            return process.exitValue();
        } catch (IOException noShell) {
            return -1;
        }
    }
}
