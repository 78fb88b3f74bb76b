package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.runtime.metrics.StepMetrics;
import java.io.IOException;
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
    /** Steps go on until the last kill, and some more. */
    private static final List<String> LONGER =
            Witan.settings("train.steps=" + (40 + 30 * KILLS), "train.eval_interval=20");

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
                awaitGoingOn(run, kill);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(2000)));
                ProcessHandle.of(pids(folder.resolve("o")).get(rank)).ifPresent(ProcessHandle::destroyForcibly);
                String verdict = "restart " + (kill + 1) + " of " + KILLS;
                LauncherProcess.await(verdict, () -> run.err().stream().anyMatch(line -> line.contains(verdict)));
            }
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.err()).hasSize(KILLS).allMatch(line -> line.contains("was killed by SIGKILL"));
        }
        assertSameAsUndisturbed();
    }

    /** All ranks have met after as many restarts. */
    private static void awaitGoingOn(LauncherProcess run, int restarts) {
        if (restarts == 0) {
            run.awaitOut(1, line -> line.startsWith("step 2/"));
        } else {
            run.awaitOut(restarts, line -> line.contains("going on after step "));
        }
    }

    @Test
    void aRankThatFallsSilentIsReplaced() throws Exception {
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o"))) {
            run.awaitOut(1, line -> line.startsWith("step 4/"));
            LauncherProcess.signal(pids(folder.resolve("o")).get(1), "STOP");
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.err()).singleElement().asString().contains("rank 1", "ranks [1] are silent; restart 1 of 3");
        }
        assertSameAsUndisturbed();
    }
}
