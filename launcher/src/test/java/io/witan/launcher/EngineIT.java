package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.rendezvous.RunKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes with the variables that Open MPI would give them; nodes a and b are this machine, over the loopback. */
final class EngineIT {
    private static final String KEY = "0123456789abcdef".repeat(4);

    @TempDir
    Path folder;

    private final List<LauncherProcess> started = new ArrayList<>();
    private int port;

    @BeforeEach
    void findPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = Math.min(socket.getLocalPort(), 65_000);
        }
    }

    @AfterEach
    void endAll() {
        started.forEach(LauncherProcess::close);
    }

    /** Process {@code number} of {@code all} that Open MPI would start, two on each node. */
    private LauncherProcess process(int number, int all, String key, String recipe, String... more) throws IOException {
        Map<String, String> openMpi = Map.of(
                "OMPI_COMM_WORLD_SIZE",
                Integer.toString(all),
                "OMPI_COMM_WORLD_RANK",
                Integer.toString(number),
                "OMPI_COMM_WORLD_LOCAL_SIZE",
                Integer.toString(Math.min(2, all)),
                "OMPI_COMM_WORLD_LOCAL_RANK",
                Integer.toString(number % 2),
                RunKey.VARIABLE,
                key);
        return start(openMpi, recipe, more);
    }

    private LauncherProcess start(Map<String, String> engine, String recipe, String... more) throws IOException {
        Map<String, String> environment = new HashMap<>(engine);
        environment.put("WITAN_SHM_DIR", folder.resolve("shm").toString());
        environment.put("WITAN_RANKS_PER_NODE", "1");
        List<String> words = new ArrayList<>(
                List.of("train", "--recipe", recipe, "--out", "o", "--rendezvous", "127.0.0.1:" + port));
        words.addAll(List.of(more));
        LauncherProcess process =
                LauncherProcess.run(folder, environment, LauncherProcess.command(words.toArray(String[]::new)));
        started.add(process);
        return process;
    }

    private List<Long> pids() throws IOException {
        List<Long> pids = new ArrayList<>();
        new ObjectMapper()
                .readTree(folder.resolve("o/ranks.json").toFile())
                .forEach(rank -> pids.add(rank.get("pid").asLong()));
        return pids;
    }

    private void awaitRanks(LauncherProcess launcher) throws InterruptedException {
        launcher.awaitOut(2, line -> line.endsWith(": up"));
        LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
    }

    /** A dialler that comes too early only says that nobody listens. */
    private void awaitListening() throws InterruptedException {
        LauncherProcess.await("the launcher listens", () -> {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            } catch (IOException none) {
                return false;
            }
        });
    }

    private void assertNoRankIsLeft() throws Exception {
        for (long pid : pids()) {
            LauncherProcess.await("rank " + pid + " ends", () -> !LauncherProcess.alive(pid));
        }
        LauncherProcess.await("shared memory is freed", () -> {
            String[] left = folder.resolve("shm").toFile().list();
            return left != null && left.length == 0;
        });
    }

    @Test
    void oneProcessOfEachNodeIsItsAgentAndTheOthersEnd() throws Exception {
        LauncherProcess agent = process(2, 4, KEY, "exchange");
        LauncherProcess launcher = process(0, 4, KEY, "exchange");
        LauncherProcess more = process(1, 4, KEY, "exchange");
        assertThat(more.exitCode()).as("%s", more.err()).isZero();
        assertThat(launcher.exitCode()).as("%s", launcher.err()).isZero();
        assertThat(agent.exitCode()).as("%s", agent.err()).isZero();
        assertThat(launcher.out()).filteredOn(line -> line.endsWith(": sum 1")).hasSize(2);
        assertThat(more.out()).isEmpty();
        assertThat(agent.out()).isEmpty();
        assertThat(launcher.err()).isEmpty();
        assertThat(agent.err()).isEmpty();
        assertNoRankIsLeft();
    }

    /** The last one waits for the others, as in pods that start at different times. */
    @Test
    void podsOfAnIndexedJobMeet() throws Exception {
        Path key = Files.writeString(folder.resolve("key"), KEY + "\n");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("r--r-----"));
        List<LauncherProcess> pods = new ArrayList<>();
        for (int index = 1; index >= 0; index--) {
            Map<String, String> pod = Map.of(
                    "JOB_COMPLETION_INDEX",
                    Integer.toString(index),
                    "WITAN_NODES",
                    "2",
                    RunKey.FILE_VARIABLE,
                    key.toString());
            pods.add(start(pod, "exchange"));
        }
        for (LauncherProcess pod : pods) {
            assertThat(pod.exitCode()).as("%s", pod.err()).isZero();
        }
        assertThat(pods.getLast().out()).contains("index-0:0: sum 1", "index-1:1: sum 1");
    }

    @Test
    void aSignalToTheLauncherReachesTheRanksOfAllNodes() throws Exception {
        LauncherProcess launcher = process(0, 4, KEY, "wait");
        LauncherProcess agent = process(2, 4, KEY, "wait");
        awaitRanks(launcher);
        launcher.signal("TERM");
        assertThat(launcher.exitCode()).isEqualTo(143);
        assertThat(launcher.out()).filteredOn(line -> line.endsWith(": saved")).hasSize(2);
        assertThat(agent.exitCode()).isZero();
        assertNoRankIsLeft();
    }

    @Test
    void ranksDieWithAKilledLauncher() throws Exception {
        LauncherProcess launcher = process(0, 4, KEY, "stubborn");
        LauncherProcess agent = process(2, 4, KEY, "stubborn");
        awaitRanks(launcher);
        launcher.process().destroyForcibly();
        assertThat(agent.exitCode()).isEqualTo(8);
        assertThat(agent.err())
                .anyMatch(line -> line.startsWith("witan: the launcher at 127.0.0.1:" + port + " was lost; "));
        for (long pid : pids()) {
            LauncherProcess.await("rank " + pid + " ends", () -> !LauncherProcess.alive(pid));
        }
    }

    @Test
    void aKilledAgentEndsTheRun() throws Exception {
        LauncherProcess launcher = process(0, 4, KEY, "wait");
        LauncherProcess agent = process(2, 4, KEY, "wait");
        awaitRanks(launcher);
        agent.process().destroyForcibly();
        assertThat(launcher.exitCode()).isEqualTo(8);
        assertThat(launcher.err())
                .anyMatch(line -> line.matches("witan: node \\S+: the node's agent at 127.0.0.1 was lost; .*"));
    }

    @Test
    void anAgentWithAnotherKeyIsKeptOutAndTheMissingNodeNamed() throws Exception {
        LauncherProcess launcher = process(0, 4, KEY, "wait", "--timeout", "15");
        awaitListening();
        LauncherProcess stranger = process(2, 4, "x".repeat(32), "wait", "--timeout", "1");
        assertThat(stranger.exitCode()).isEqualTo(7);
        assertThat(launcher.exitCode()).isEqualTo(7);
        assertThat(launcher.err())
                .anyMatch(line -> line.equals(
                        "witan: nodes with 2 of 4 processes did not come within 15 s to 127.0.0.1:" + port));
        assertThat(String.join("\n", stranger.err())).contains("does not know the run's key");
        assertThat(folder.resolve("o")).doesNotExist();
    }

    /** A mistake of the user's is found by the launcher; agents that came for nothing end well. */
    @Test
    void anUnplannableRunLetsTheAgentsGo() throws Exception {
        LauncherProcess launcher = process(0, 4, KEY, "unplannable");
        LauncherProcess agent = process(2, 4, KEY, "unplannable");
        assertThat(launcher.exitCode()).isEqualTo(5);
        assertThat(launcher.err()).singleElement().asString().contains("train.jsonl:17: not a JSON object");
        assertThat(agent.exitCode()).as("%s", agent.err()).isZero();
    }

    @Test
    void allOnOneNodeNeedNeitherKeyNorPort() throws Exception {
        LauncherProcess launcher = process(0, 2, "", "report");
        LauncherProcess more = process(1, 2, "", "report");
        assertThat(more.exitCode()).isZero();
        assertThat(launcher.exitCode()).as("%s", launcher.err()).isZero();
    }

    @Test
    void withoutAKeyNobodyWaits() throws Exception {
        LauncherProcess launcher = process(0, 4, "", "report");
        assertThat(launcher.exitCode()).isEqualTo(4);
        assertThat(launcher.err()).singleElement().asString().contains("set WITAN_KEY_FILE or WITAN_KEY");
    }

    @Test
    void ranksAreNotGivenTwice() throws Exception {
        LauncherProcess launcher = process(0, 4, KEY, "report", "--ranks", "2");
        assertThat(launcher.exitCode()).isEqualTo(2);
        assertThat(launcher.err())
                .singleElement()
                .asString()
                .contains("process 0 of 4 that Open MPI has started", "leave out --ranks");
    }
}
