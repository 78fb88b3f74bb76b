package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.launcher.LauncherProcess;
import io.witan.launcher.exit.ExitCode;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.vault.LeftMemory;
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
    private static final int APART = Integer.getInteger("witan.kills.apart", 12);

    private static final int STEPS = APART * (KILLS + 2);
    /** Of a whole run; more steps than usual take longer than tests usually wait. */
    private static final long DEADLINE_S = 120L + STEPS;

    private static final List<String> LONGER = Witan.settings("train.steps=" + STEPS, "train.eval_interval=8");

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
            assertThat(run.exitCode(DEADLINE_S)).as("%s", run.err()).isZero();
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
        assertSameAsUndisturbed(folder.resolve("o"));
    }

    private void assertSameAsUndisturbed(Path out) throws IOException {
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
        String[] words = words("--ranks", "" + RANKS, "--out", "o", "--max-restarts", "" + KILLS, "--spares", "0");
        try (LauncherProcess run = Witan.train(folder, words)) {
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
            assertThat(run.exitCode(DEADLINE_S))
                    .as("%s %s", run.out(), run.err())
                    .isZero();
            assertThat(said(run)).hasSize(KILLS).allMatch(line -> line.contains("was killed by SIGKILL"));
        }
        Collections.sort(seconds);
        System.out.printf(
                "%d kills of %d ranks without spares, seed %d: %.1f s from the kill to the next completed step"
                        + " (median; least %.1f, most %.1f)%n",
                KILLS, RANKS, SEED, seconds.get(KILLS / 2), seconds.getFirst(), seconds.getLast());
        assertSameAsUndisturbed();
    }

    /** On stderr, but for what the JVM says. */
    private static List<String> said(LauncherProcess run) {
        return run.err().stream()
                .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .toList();
    }

    /** In the output folder. */
    private void awaitWords(String file, String words) throws InterruptedException {
        Path path = folder.resolve("o").resolve(file);
        LauncherProcess.await(words + " in " + file, () -> {
            try {
                return Files.exists(path) && Files.readString(path).contains(words);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
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

    /** It may not be warm yet: then it gives that up. */
    @Test
    void aSpareTakesTheDeadRanksPlace() throws Exception {
        try (LauncherProcess run = Witan.startWithSpares(
                folder,
                Witan.smallRun(words("--ranks", "" + RANKS, "--out", "o")).toArray(String[]::new))) {
            awaitWords("logs/spare-0-0.log", "gets warm");
            ProcessHandle.of(pids(folder.resolve("o")).get(RANKS - 1)).ifPresent(ProcessHandle::destroyForcibly);
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(said(run)).singleElement().asString().contains("was killed by SIGKILL; restart 1 of 3");
        }
        assertThat(folder.resolve("o/logs/rank-" + (RANKS - 1) + ".log"))
                .content()
                .contains(pids(folder.resolve("o")).getLast() + ", which was a spare", "going on after step ");
        assertSameAsUndisturbed();
    }

    @Test
    void allRanksOfTheNodeThatAreKilledAtOnceAreReplaced() throws Exception {
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o"))) {
            awaitStep(APART);
            List<Long> before = pids(folder.resolve("o"));
            for (long pid : before) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(said(run)).isNotEmpty().allMatch(line -> line.contains("was killed by SIGKILL; restart "));
            assertThat(pids(folder.resolve("o"))).hasSize(RANKS).doesNotContainAnyElementsOf(before);
        }
        assertSameAsUndisturbed();
    }

    /** Nobody is left who could have put anything on the disk. */
    @Test
    void aRunThatIsKilledWithItsLauncherGoesOnFromMemory() throws Exception {
        Path out = folder.resolve("o");
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o"))) {
            awaitStep(APART);
            run.signal("KILL");
            for (long pid : pids(out)) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
            run.exitCode();
        }
        List<Long> killed = pids(out);
        LauncherProcess.await("their end", () -> killed.stream().noneMatch(LauncherProcess::alive));
        int before = lastStep();
        LeftMemory left = LeftMemory.in(folder.resolve("shm")).getFirst();
        assertThat(left.run()).isEqualTo(out);
        assertThat(out.resolve("checkpoints")).doesNotExist();
        assertThat(Files.readSymbolicLink(out.resolve("vault/memory"))).isEqualTo(left.folder());
        try (LauncherProcess other = Witan.train(folder, "--ranks", "1", "--out", "p", "--set", "train.stop_after=1")) {
            assertThat(other.exitCode()).as("%s %s", other.out(), other.err()).isZero();
            assertThat(Stream.concat(other.out().stream(), other.err().stream()))
                    .anyMatch(line -> line.endsWith("of memory hold the last steps of " + out
                            + ", which did not end: --resume it, or remove " + left.folder()));
        }
        try (LauncherProcess run = Witan.start(folder, "train", "--resume", "o", "--threads", "1")) {
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.out()).noneMatch(line -> line.contains("of memory hold the last steps"));
            assertThat(run.out())
                    .anyMatch(line -> line.startsWith("local:0: going on after step ")
                            && Integer.parseInt(line.replaceAll(".* ", "")) >= before - 1);
        }
        assertSameAsUndisturbed();
    }

    /** Longer than the others wait for it, shorter than the launcher does. */
    @Test
    void aRankThatStopsForAWhileKeepsItsProcess() throws Exception {
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o"))) {
            awaitStep(APART);
            List<Long> before = pids(folder.resolve("o"));
            LauncherProcess.signal(before.get(1), "STOP");
            awaitWords("status.json", "\"waiting\"");
            LauncherProcess.signal(before.get(1), "CONT");
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(said(run)).singleElement().asString().contains("rank 1", "; restart 1 of 3");
            assertThat(pids(folder.resolve("o"))).isEqualTo(before);
        }
        assertSameAsUndisturbed();
    }

    /** There is no room for a checkpoint, but for what is written step by step. */
    @Test
    void aDiskThatIsFullAtACheckpointCostsNothingOnceThereIsRoom() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), 128 << 20)) {
            int interval = 2 * APART;
            String[] words = Stream.of(
                            List.of(words("--ranks", "" + RANKS, "--out", "disk/o")),
                            Witan.settings("checkpoint.interval=" + interval, "checkpoint.vault_memory=false"))
                    .flatMap(List::stream)
                    .toArray(String[]::new);
            Path checkpoints = folder.resolve("disk/o/checkpoints");
            try (LauncherProcess run = Witan.train(folder, words)) {
                LauncherProcess.await("a checkpoint", () -> Files.exists(checkpoints.resolve("latest")));
                disk.fill(200 << 10);
                assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isEqualTo(ExitCode.CHECKPOINT.code());
                assertThat(String.join("\n", run.err()))
                        .contains("No space left on device", "the other ranks were stopped");
            }
            CheckpointStore store = new CheckpointStore(checkpoints);
            try (Checkpoint last = Checkpoint.open(checkpoints)) {
                last.verify();
                assertThat(last.manifest().step()).isEqualTo(interval);
                assertThat(store.latest()).contains(last.folder());
            }
            disk.free();
            try (LauncherProcess run = Witan.start(folder, "train", "--resume", "disk/o", "--threads", "1")) {
                assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
                assertThat(run.out()).contains("local:0: going on after step " + 2 * interval);
            }
            assertSameAsUndisturbed(folder.resolve("disk/o"));
        }
    }

    @Test
    void aRankThatFallsSilentIsReplaced() throws Exception {
        try (LauncherProcess run = Witan.train(folder, words("--ranks", "" + RANKS, "--out", "o"))) {
            awaitStep(APART);
            long silent = pids(folder.resolve("o")).get(1);
            LauncherProcess.signal(silent, "STOP");
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(said(run)).singleElement().asString().contains("rank 1", "ranks [1] are silent; restart 1 of 3");
            assertThat(pids(folder.resolve("o"))).doesNotContain(silent);
            assertThat(LauncherProcess.alive(silent))
                    .as("nobody is left to go on later")
                    .isFalse();
        }
        assertSameAsUndisturbed();
    }
}
