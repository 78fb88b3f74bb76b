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
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranks die or fall silent in the middle of a run, which goes on and ends with the bits of one that nobody disturbed. */
final class RecoveryIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int RANKS = 3;
    /** Random kills in one run; {@code -Dwitan.kills} for more. */
    private static final int KILLS = Integer.getInteger("witan.kills", 3);

    private static final long SEED = Long.getLong("witan.kills.seed", 20_261_127);
    /** Steps between one kill and the next, more or less. */
    private static final int APART = 6;

    private static final List<String> LONGER =
            Witan.settings("train.steps=" + APART * (KILLS + 2), "train.eval_interval=8");

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
        try (LauncherProcess run =
                Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o", "--max-restarts", "" + KILLS))) {
            for (int kill = 0; kill < KILLS; kill++) {
                int rank = random.nextInt(RANKS);
                awaitStep(APART * (kill + 1));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(150)));
                ProcessHandle.of(pids(folder.resolve("o")).get(rank)).ifPresent(ProcessHandle::destroyForcibly);
                String verdict = "restart " + (kill + 1) + " of " + KILLS;
                LauncherProcess.await(verdict, () -> run.err().stream().anyMatch(line -> line.contains(verdict)));
            }
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.err()).hasSize(KILLS).allMatch(line -> line.contains("was killed by SIGKILL"));
        }
        assertSameAsUndisturbed();
    }

    private void awaitStep(int step) throws InterruptedException {
        Path metrics = folder.resolve("o/metrics.jsonl");
        String line = "{\"step\":" + step + ",\"loss\"";
        LauncherProcess.await("step " + step, () -> contains(metrics, line));
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.exists(file) && Files.readString(file).contains(text);
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
            assertThat(run.err()).singleElement().asString().contains("rank 1", "ranks [1] are silent; restart 1 of 3");
        }
        assertSameAsUndisturbed();
    }
}
