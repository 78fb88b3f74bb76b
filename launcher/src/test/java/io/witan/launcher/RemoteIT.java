package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Node agents in processes of their own, as on other machines. */
final class RemoteIT {
    @TempDir
    Path folder;

    /** A program that does with its arguments what ssh does on the far side: join them and give them to a shell. */
    private Path fakeSsh() throws IOException {
        return script("ssh", "#!/bin/sh\nshift\nexec sh -c \"$*\"\n");
    }

    private Path script(String name, String text) throws IOException {
        Path file = Files.writeString(
                Files.createDirectories(folder.resolve("tools")).resolve(name), text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    private Path cluster(String commandOfA, String commandOfB) throws IOException {
        Path home = Files.createDirectories(folder.resolve("my home/bin")).getParent();
        Files.copy(LauncherProcess.root().resolve("bin/jvm.options"), home.resolve("bin/jvm.options"));
        return Files.writeString(
                folder.resolve("c.yaml"),
                """
                port: %d
                nodes:
                  - {name: a, address: 127.0.0.1, command: [%s]}
                  - {name: b, address: 127.0.0.1, command: [%s], home: "%s"}
                """
                        .formatted(freePort(), commandOfA, commandOfB, home));
    }

    /** The first of two free ports, most likely. */
    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0)) {
            return Math.min(socket.getLocalPort(), 65_000);
        }
    }

    private LauncherProcess train(String recipe, String... more) throws IOException {
        List<String> words = new ArrayList<>(List.of("train", "--recipe", recipe, "--out", "o", "--cluster", "c.yaml"));
        words.addAll(List.of(more));
        return LauncherProcess.start(folder, words.toArray(String[]::new));
    }

    private static long parent(long pid) {
        return ProcessHandle.of(pid).orElseThrow().parent().orElseThrow().pid();
    }

    private List<Long> pids() throws IOException {
        JsonNode ranks =
                new ObjectMapper().readTree(folder.resolve("o/ranks.json").toFile());
        return List.of(ranks.get(0).get("pid").asLong(), ranks.get(1).get("pid").asLong());
    }

    private void assertNoRankIsLeft() throws Exception {
        for (long pid : pids()) {
            LauncherProcess.await("rank " + pid + " ends", () -> !LauncherProcess.alive(pid));
        }
    }

    @Test
    void ranksOfTwoAgentsReachEachOther() throws Exception {
        cluster("env", fakeSsh() + ", far");
        try (LauncherProcess run = train("exchange")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out()).contains("a:0: sum 1", "b:1: sum 1");
            assertThat(run.err()).isEmpty();
        }
        assertThat(folder.resolve("o/logs/rank-1.log")).content().contains("sum 1");
        assertNoRankIsLeft();
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void aSignalReachesTheRanksOfAllAgents() throws Exception {
        cluster("env", "env");
        try (LauncherProcess run = train("wait")) {
            run.awaitOut(2, line -> line.endsWith(": up"));
            LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
            run.signal("TERM");
            assertThat(run.exitCode()).isEqualTo(143);
            assertThat(run.out()).contains("a:0: saved", "b:1: saved");
        }
        LaunchIT.assertShmIsEmpty(folder);
    }

    /** Ctrl-C goes to every process of the launcher's group at once: neither ranks nor connections may die of it. */
    @Test
    void ctrlCInATerminalLetsTheRanksSave() throws Exception {
        cluster("env", "env");
        for (List<String> where : List.of(List.of("--out=o", "--cluster=c.yaml"), List.of("--resume=o", "--ranks=2"))) {
            List<String> command = new ArrayList<>(List.of("setsid", "--wait"));
            command.addAll(LauncherProcess.command("train", "--recipe=wait", where.getFirst(), where.getLast()));
            Map<String, String> shm =
                    Map.of("WITAN_SHM_DIR", folder.resolve("shm").toString());
            try (LauncherProcess run = LauncherProcess.run(folder, shm, command)) {
                run.awaitOut(2, line -> line.endsWith(": up"));
                NetworkNamespaces.shell("kill -INT -" + run.process().pid());
                assertThat(run.exitCode()).as("%s", run.err()).isEqualTo(130);
                assertThat(run.out())
                        .filteredOn(line -> line.endsWith(": saved"))
                        .hasSize(2);
            }
            assertNoRankIsLeft();
        }
    }

    @Test
    void aLostConnectionEndsARunWithoutRestarts() throws Exception {
        cluster("env", "env");
        try (LauncherProcess run = train("wait", "--max-restarts", "0")) {
            run.awaitOut(2, line -> line.endsWith(": up"));
            LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
            LauncherProcess.signal(parent(pids().get(1)), "KILL");
            assertThat(run.exitCode()).isEqualTo(8);
            assertThat(String.join("\n", run.err()))
                    .contains("witan: node b: the node's agent was lost; \"env\" ended: killed by SIGKILL");
            assertThat(run.out()).contains("a:0: saved");
        }
        assertNoRankIsLeft();
    }

    @Test
    void anAgentThatDiesIsStartedAgainWithItsRanks() throws Exception {
        cluster("env", "env");
        List<Long> before;
        try (LauncherProcess run = train("long")) {
            run.awaitOut(2, line -> line.contains(": up in "));
            LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
            before = pids();
            LauncherProcess.signal(parent(before.get(1)), "KILL");
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.err())
                    .contains(
                            "witan: node b: the node's agent was lost; \"env\" ended: killed by SIGKILL; restart 1 of 3:"
                                    + " all ranks go on after the last step that all have completed")
                    .anyMatch(
                            line -> line.startsWith("b: removed ") && line.endsWith(", left by a run that was killed"));
            assertThat(run.out()).anyMatch(line -> line.startsWith("b:1: again in "));
        }
        assertThat(pids()).startsWith(before.get(0)).doesNotContain(before.get(1));
        LauncherProcess.await("rank " + before.get(1) + " ends", () -> !LauncherProcess.alive(before.get(1)));
        assertNoRankIsLeft();
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void agentsAndRanksDieWithAKilledLauncher() throws Exception {
        cluster("env", "env");
        try (LauncherProcess run = train("stubborn")) {
            run.awaitOut(2, line -> line.endsWith(": up"));
            LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
            run.process().destroyForcibly();
            run.exitCode();
            assertNoRankIsLeft();
        }
        LauncherProcess.await("the agents free their memory", () -> {
            String[] left = folder.resolve("shm").toFile().list();
            return left != null && left.length == 0;
        });
    }

    @Test
    void aNodeThatCannotBeReachedIsNamedWithWhatItsCommandSaid() throws Exception {
        Path broken = script("broken", "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n");
        cluster("env", broken.toString());
        try (LauncherProcess run = train("wait")) {
            assertThat(run.exitCode()).isEqualTo(7);
            assertThat(run.err())
                    .contains("b: Permission denied (publickey).")
                    .anyMatch(line -> line.startsWith("witan: node b: the node's agent did not start; "));
        }
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void ranksInTwoNetworkNamespacesTalkOverTheirLink() throws Exception {
        try (NetworkNamespaces namespaces = NetworkNamespaces.linked()) {
            namespaces.writeCluster(folder.resolve("c.yaml"), LauncherProcess.root());
            try (LauncherProcess run = train("exchange")) {
                assertThat(run.exitCode()).as("%s", run.err()).isZero();
                assertThat(run.out()).contains("a:0: sum 1", "b:1: sum 1");
            }
        }
    }

    @Test
    void tooLittleSharedMemoryIsOneLine() throws Exception {
        assumeTrue(NetworkNamespaces.quietly("unshare", "-m", "true"), "needs root");
        String mount = "mount -t tmpfs -o size=16k tmpfs shm && exec \"$@\"";
        List<String> command = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", mount, "sh"));
        command.addAll(LauncherProcess.command("train", "--out", "o"));
        Map<String, String> shm = Map.of("WITAN_SHM_DIR", folder.resolve("shm").toString());
        try (LauncherProcess run = LauncherProcess.run(folder, shm, command)) {
            assertThat(run.exitCode()).isEqualTo(3);
            assertThat(run.err())
                    .singleElement()
                    .asString()
                    .contains("shm has 16 KiB free, this run needs 64 KiB; to mend: mount");
        }
        assertThat(folder.resolve("o")).doesNotExist();
    }
}
