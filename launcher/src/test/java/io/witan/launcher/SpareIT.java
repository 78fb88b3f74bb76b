package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that wait for ranks to die. */
final class SpareIT {
    private static final Pattern STARTED = Pattern.compile("spare process (\\d+) gets warm");

    @TempDir
    Path folder;

    private LauncherProcess train(String recipe, String... more) throws IOException {
        Stream<String> common = Stream.of("train", "--recipe", recipe, "--out", "o");
        return LauncherProcess.start(
                folder, Stream.concat(common, Stream.of(more)).toArray(String[]::new));
    }

    private List<Long> ranks() throws IOException {
        List<Long> pids = new ArrayList<>();
        for (JsonNode rank :
                new ObjectMapper().readTree(folder.resolve("o/ranks.json").toFile())) {
            pids.add(rank.get("pid").asLong());
        }
        return pids;
    }

    private String log(String name) {
        Path log = folder.resolve("o/logs/" + name + ".log");
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each spare that was started, in order. */
    private List<Long> spares() {
        List<Long> pids = new ArrayList<>();
        Matcher started = STARTED.matcher(log("spare-0-0"));
        while (started.find()) {
            pids.add(Long.parseLong(started.group(1)));
        }
        return pids;
    }

    private void awaitSpare(String line) throws InterruptedException {
        LauncherProcess.await(line, () -> log("spare-0-0").contains(line));
    }

    @AfterEach
    void noProcessIsLeft() throws Exception {
        List<Long> all = new ArrayList<>(ranks());
        all.addAll(spares());
        for (long pid : all) {
            LauncherProcess.await("process " + pid + " ends", () -> !LauncherProcess.alive(pid));
        }
    }

    /** Kills rank 1 and waits for the end of the run, which goes on. */
    private void killRankAndFinish(LauncherProcess run) throws Exception {
        LauncherProcess.await("ranks.json", () -> Files.exists(folder.resolve("o/ranks.json")));
        LauncherProcess.signal(ranks().get(1), "KILL");
        assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
        assertThat(run.err())
                .singleElement()
                .asString()
                .contains("rank 1 on node local was killed by SIGKILL; restart 1 of 3");
        LaunchIT.assertShmIsEmpty(folder);
    }

    @Test
    void aSpareIsTheRankThatDied() throws Exception {
        try (LauncherProcess run = train("long")) {
            awaitSpare("spare-0-0 is warm");
            long first = ranks().getFirst();
            killRankAndFinish(run);
            assertThat(ranks()).containsExactly(first, spares().getFirst());
        }
        assertThat(log("rank-1")).contains("goes on in process " + spares().getFirst() + ", which was a spare");
        assertThat(log("spare-0-0")).contains("is a rank now\n");
    }

    @Test
    void itIsBoundToTheCoresOfTheRank() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "needs a core for each of two ranks");
        try (LauncherProcess run = train("long", "--bind-to", "core", "--threads", "1")) {
            awaitSpare("spare-0-0 is warm");
            killRankAndFinish(run);
            List<String> ofRank1 = run.out().stream()
                    .filter(line -> line.startsWith("local:1: "))
                    .map(line -> line.substring(line.indexOf("on cores ")))
                    .toList();
            assertThat(ofRank1).hasSize(2);
            assertThat(ofRank1.getLast()).isEqualTo(ofRank1.getFirst());
        }
    }

    @Test
    void oneThatIsNotYetWarmComesAtOnce() throws Exception {
        try (LauncherProcess run = train("long-with-slow-spares")) {
            awaitSpare("gets warm");
            killRankAndFinish(run);
            assertThat(ranks()).element(1).isEqualTo(spares().getFirst());
        }
        assertThat(log("spare-0-0")).contains("is a rank now, before it was warm");
    }

    @Test
    void oneThatFailsIsNotThere() throws Exception {
        try (LauncherProcess run = train("long-with-bad-spares")) {
            awaitSpare("no spare any more: exit code 5 (data)");
            killRankAndFinish(run);
            assertThat(ranks()).doesNotContainAnyElementsOf(spares());
        }
        assertThat(log("spare-0-0")).contains("spare-0-0 did not get warm: nothing to get warm with");
    }

    @Test
    void oneThatDiesIsNotThere() throws Exception {
        try (LauncherProcess run = train("long", "--spares", "1")) {
            awaitSpare("spare-0-0 is warm");
            long dead = spares().getFirst();
            LauncherProcess.signal(dead, "KILL");
            awaitSpare("no spare any more: killed by SIGKILL");
            killRankAndFinish(run);
            assertThat(ranks()).doesNotContain(dead);
        }
    }

    @Test
    void twoRanksThatDieTogetherTakeTwoSpares() throws Exception {
        try (LauncherProcess run = train("long", "--spares", "3")) {
            awaitSpare("spare-0-0 is warm");
            LauncherProcess.await("the second spare", () -> log("spare-0-1").contains("spare-0-1 is warm"));
            for (long rank : ranks()) {
                ProcessHandle.of(rank).ifPresent(ProcessHandle::destroyForcibly);
            }
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
        }
        assertThat(log("rank-0")).contains("which was a spare");
        assertThat(log("rank-1")).contains("which was a spare");
    }

    @Test
    void withoutSparesThereIsNone() throws Exception {
        try (LauncherProcess run = train("long", "--spares", "0")) {
            run.awaitOut(2, line -> line.contains(": up in "));
            killRankAndFinish(run);
        }
        assertThat(folder.resolve("o/logs"))
                .isDirectoryNotContaining(file -> file.toString().contains("spare"));
    }

    @Test
    void sparesEndWithTheRunAndWithTheirAgent() throws Exception {
        try (LauncherProcess run = train("long")) {
            awaitSpare("spare-0-0 is warm");
            run.signal("TERM");
            assertThat(run.exitCode()).isEqualTo(143);
            assertThat(LauncherProcess.alive(spares().getFirst())).isFalse();
        }
        LaunchIT.assertShmIsEmpty(folder);
        try (LauncherProcess run = train("long", "--resume", "o")) {
            LauncherProcess.await("another spare", () -> spares().size() == 2);
            run.process().destroyForcibly();
            run.exitCode();
            noProcessIsLeft();
        }
    }
}
