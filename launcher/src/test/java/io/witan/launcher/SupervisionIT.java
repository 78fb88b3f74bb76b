package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SupervisionIT {
    @TempDir
    Path folder;

    private LauncherProcess train(String recipe, String... more) throws IOException {
        Stream<String> common = Stream.of("train", "--recipe", recipe, "--out", "o");
        return LauncherProcess.start(
                folder, Stream.concat(common, Stream.of(more)).toArray(String[]::new));
    }

    private List<Long> pids() throws IOException {
        List<Long> pids = new ArrayList<>();
        for (JsonNode rank :
                new ObjectMapper().readTree(folder.resolve("o/ranks.json").toFile())) {
            pids.add(rank.get("pid").asLong());
        }
        return pids;
    }

    @AfterEach
    void noRankIsLeft() throws Exception {
        for (long pid : pids()) {
            LauncherProcess.await("rank " + pid + " ends", () -> !LauncherProcess.alive(pid));
        }
    }

    @Test
    void oneFailsAndTheOthersSaveAndLeave() throws Exception {
        try (LauncherProcess run = train("fail-one", "--ranks", "3")) {
            assertThat(run.exitCode()).isEqualTo(57);
            assertThat(run.out()).contains("local:0: saved");
            assertThat(String.join("\n", run.err()))
                    .contains("rank 1 on node local failed first: exit code 57; the other ranks were stopped")
                    .contains("rank-1.log:\n    the reason is on this line");
        }
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void aRankThatWillNotLeaveIsKilledAfterTheGrace() throws Exception {
        try (LauncherProcess run = train("fail-one-stubborn", "--grace", "1")) {
            assertThat(run.exitCode()).isEqualTo(57);
        }
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void aKilledRankIsNamedWithItsSignal() throws Exception {
        try (LauncherProcess run = train("wait", "--max-restarts", "0")) {
            run.awaitOut(2, line -> line.endsWith(": up"));
            LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
            LauncherProcess.signal(pids().get(1), "KILL");
            assertThat(run.exitCode()).isEqualTo(128 + 9);
            assertThat(String.join("\n", run.err())).contains("rank 1 on node local failed first: killed by SIGKILL");
        }
    }

    @Test
    void aFirstSignalLetsTheRanksSave() throws Exception {
        for (String signal : List.of("INT", "TERM")) {
            try (LauncherProcess run = train("wait", signal.equals("INT") ? "--quiet" : "--resume=o")) {
                LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
                awaitLogs("up", signal.equals("INT") ? 1 : 2);
                run.signal(signal);
                assertThat(run.exitCode()).isEqualTo(signal.equals("INT") ? 130 : 143);
                assertThat(run.out()).contains("interrupted; to go on: bin/witan train --resume o");
                assertThat(run.err()).isEmpty();
            }
            awaitLogs("saved", signal.equals("INT") ? 1 : 2);
        }
    }

    private void awaitLogs(String line, int times) throws InterruptedException {
        for (int rank = 0; rank < 2; rank++) {
            Path log = folder.resolve("o/logs/rank-" + rank + ".log");
            LauncherProcess.await(line + " in " + log, () -> count(log, line) == times);
        }
    }

    private static long count(Path log, String line) {
        try {
            return Files.exists(log)
                    ? Files.readAllLines(log).stream().filter(line::equals).count()
                    : 0;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSecondSignalKillsThemAndTheirChildren() throws Exception {
        try (LauncherProcess run = train("parent")) {
            run.awaitOut(2, line -> line.contains(": child "));
            List<Long> children = run.out().stream()
                    .filter(line -> line.contains(": child "))
                    .map(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                    .toList();
            run.signal("INT");
            run.awaitOut(1, line -> line.startsWith("SIGINT"));
            run.signal("INT");
            assertThat(run.exitCode()).isEqualTo(130);
            for (long child : children) {
                LauncherProcess.await("child " + child + " ends", () -> !LauncherProcess.alive(child));
            }
        }
    }

    @Test
    void ranksDieWithAKilledLauncherAndTheNextStartSweepsItsMemory() throws Exception {
        try (LauncherProcess run = train("stubborn")) {
            run.awaitOut(2, line -> line.endsWith(": up"));
            LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
            try (LauncherProcess other = train("report", "--resume", "o")) {
                assertThat(other.exitCode()).isEqualTo(11);
                assertThat(other.err()).singleElement().asString().contains("a run is going on in");
            }
            try (LauncherProcess beside = LauncherProcess.start(folder, "train", "--quiet", "--out", "o2")) {
                assertThat(beside.exitCode()).isZero();
                assertThat(beside.err()).noneMatch(line -> line.contains("removed"));
            }
            run.process().destroyForcibly();
            run.exitCode();
            noRankIsLeft();
        }
        try (Stream<Path> left = Files.list(folder.resolve("shm"))) {
            assertThat(left).hasSize(1);
        }
        try (LauncherProcess next = train("report", "--resume", "o")) {
            assertThat(next.exitCode()).isZero();
            assertThat(next.err()).anyMatch(line -> line.contains("left by a run that was killed"));
        }
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void aReaderThatLeavesEndsTheRunAsASignalDoes() throws Exception {
        String command = String.join(" ", LauncherProcess.command("train", "--recipe", "chatter-on", "--out", "o"));
        List<String> pipe = List.of("bash", "-c", command + " | head -n 3; exit ${PIPESTATUS[0]}");
        Map<String, String> shm = Map.of("WITAN_SHM_DIR", folder.resolve("shm").toString());
        try (LauncherProcess run = LauncherProcess.run(folder, shm, pipe)) {
            assertThat(run.exitCode()).isEqualTo(128 + 13);
        }
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void anExhaustedHeapHasItsOwnCode() throws Exception {
        try (LauncherProcess run = train("exhaust", "--ranks", "1")) {
            assertThat(run.exitCode()).isEqualTo(10);
            assertThat(String.join("\n", run.err())).contains("exit code 10 (out of memory)");
        }
    }

    @Test
    void aUserErrorShowsNoStackTraceAndAnInternalOneSaysWhereItIs() throws Exception {
        try (LauncherProcess run = train("user-error", "--ranks", "1")) {
            assertThat(run.exitCode()).isEqualTo(5);
            assertThat(run.err())
                    .contains("local:0: train.jsonl:17: not a JSON object")
                    .noneMatch(line -> line.contains("\tat "));
        }
        try (LauncherProcess run = train("internal", "--ranks", "1", "--resume", "o")) {
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err())
                    .anyMatch(line -> line.contains("the plan is odd") && line.contains("rank-0.log"))
                    .noneMatch(line -> line.contains("\tat "));
        }
        assertThat(folder.resolve("o/logs/rank-0.log")).content().contains("\tat ");
    }

    @Test
    void linesOfChattyRanksNeverMix() throws Exception {
        try (LauncherProcess run = train("chatty", "--ranks", "2")) {
            assertThat(run.exitCode()).isZero();
            List<String> lines =
                    run.out().stream().filter(line -> line.startsWith("local:")).toList();
            assertThat(lines).hasSize(6000);
            for (int rank = 0; rank < 2; rank++) {
                String prefix = "local:" + rank + ": ";
                List<String> own =
                        lines.stream().filter(line -> line.startsWith(prefix)).toList();
                assertThat(own).hasSize(3000);
                for (int i = 0; i < own.size(); i++) {
                    assertThat(own.get(i))
                            .isEqualTo(prefix + "rank " + rank + " line " + i + " " + "x".repeat(i % 200) + " end");
                }
            }
        }
    }
}
