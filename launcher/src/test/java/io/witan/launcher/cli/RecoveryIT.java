package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.runtime.metrics.StepMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks die or fall silent in the middle of a run, which goes on and ends with the bits of one that nobody disturbed. */
final class RecoveryIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int RANKS = Integer.getInteger("witan.kills.ranks", 3);
    /** Random kills in one run; {@code -Dwitan.kills} for more. */
    private static final int KILLS = Integer.getInteger("witan.kills", 2);

    private static final long SEED = Long.getLong("witan.kills.seed", 20_261_127);
    /** Steps between one kill and the next, more or less. */
    private static final int APART = 6;

    private static final List<String> LONGER =
            Witan.settings("train.steps=" + APART * (KILLS + 2), "train.eval_interval=8");

    private static final Pattern STEP = Pattern.compile("\\{\"step\":(\\d+),\"loss\"");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static String[] words(String... more) {
        return Stream.concat(LONGER.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @BeforeAll
    static void trainUndisturbed() throws Exception {
        try (LauncherProcess run = Witan.train(shared, words("--ranks", "" + RANKS, "--out", "o"))) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
        }
    }

    private static List<Long> pids(Path run) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (JsonNode rank : JSON.readTree(run.resolve("ranks.json").toFile())) {
            pids.add(rank.get("pid").asLong());
        }
        return pids;
    }

    private void assertSameAsUndisturbed() throws IOException {
        Path out = folder.resolve("o");
        List<StepMetrics> expected = Witan.metrics(shared.resolve("o")).steps();
        List<StepMetrics> actual = Witan.metrics(out).steps();
        assertThat(actual)
                .extracting(StepMetrics::step)
                .isEqualTo(LongStream.rangeClosed(1, expected.size()).boxed().toList());
        assertThat(actual)
                .extracting(StepMetrics::loss)
                .isEqualTo(expected.stream().map(StepMetrics::loss).toList());
        assertThat(Witan.metrics(out).validations())
                .isEqualTo(Witan.metrics(shared.resolve("o")).validations());
        assertThat(pids(out)).noneMatch(LauncherProcess::alive);
        try (Stream<Path> left = Files.list(folder.resolve("shm"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void ranksThatAreKilledAtAnyMomentCostNothing() throws Exception {
        Random random = new Random(SEED);
        List<Double> seconds = new ArrayList<>();
        try (LauncherProcess run =
                Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o", "--max-restarts", "" + KILLS))) {
            for (int kill = 0; kill < KILLS; kill++) {
                int rank = random.nextInt(RANKS);
                awaitStep(APART * (kill + 1));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(150)));
                int before = lastStep();
                long killedNs = System.nanoTime();
                ProcessHandle.of(pids(folder.resolve("o")).get(rank)).ifPresent(ProcessHandle::destroyForcibly);
                String verdict = "restart " + (kill + 1) + " of " + KILLS;
                LauncherProcess.await(verdict, () -> run.err().stream().anyMatch(line -> line.contains(verdict)));
                awaitStep(before + 1);
                seconds.add((System.nanoTime() - killedNs) / 1e9);
            }
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(said(run)).hasSize(KILLS).allMatch(line -> line.contains("was killed by SIGKILL"));
        }
        Collections.sort(seconds);
        System.out.printf(
                "%d kills of %d ranks, seed %d: %.1f s from the kill to the next completed step (median; most %.1f)%n",
                KILLS, RANKS, SEED, seconds.get(KILLS / 2), seconds.getLast());
        assertSameAsUndisturbed();
    }

    /** On stderr, but for what the JVM says. */
    private static List<String> said(LauncherProcess run) {
        return run.err().stream()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .toList();
    }

    private void awaitStep(int step) throws InterruptedException {
        LauncherProcess.await("step " + step, () -> lastStep() >= step);
    }

    /** The newest step in the metrics, which may be cut back meanwhile; 0 if there is none. */
    private int lastStep() {
        Path metrics = folder.resolve("o/metrics.jsonl");
        try {
            Matcher steps = STEP.matcher(Files.exists(metrics) ? Files.readString(metrics) : "");
            int last = 0;
            while (steps.find()) {
                last = Integer.parseInt(steps.group(1));
            }
            return last;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRankThatFallsSilentIsReplaced() throws Exception {
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o"))) {
            awaitStep(APART);
            LauncherProcess.signal(pids(folder.resolve("o")).get(1), "STOP");
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(said(run)).singleElement().asString().contains("rank 1", "ranks [1] are silent; restart 1 of 3");
        }
        assertSameAsUndisturbed();
    }
}
