package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ranks as separate processes over Aeron; one is killed in the middle of an operation. */
@Timeout(120)
class KilledRankIT {
    private static final int RANKS = 3;
    private static final int VICTIM = 1;

    /** From the death of a rank to the word of it on all survivors: 4 s and their end, in less than the deadline of operations. */
    private static final Duration LONGEST_NOTICE = Duration.ofSeconds(20);

    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldNameTheKilledRankOnAllSurvivors(DataPath path) throws Exception {
        shouldNameTheVictim(path, victim -> victim.destroyForcibly());
    }

    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldNameAFrozenRankOnAllSurvivors(DataPath path) throws Exception {
        shouldNameTheVictim(path, victim -> signal("-STOP", victim));
    }

    @Test
    void shouldEndWhenTheDriverDies() throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        List<Process> processes = new ArrayList<>();
        Process driver = JavaProcess.start(DriverProcess.class, parent.toString());
        try {
            Path directory = Path.of(JavaProcess.awaitLine(driver, "started").substring("started ".length()));
            for (int rank = 0; rank < RANKS; rank++) {
                processes.add(start(rank, directory, DataPath.SHARED_MEMORY));
            }
            JavaProcess.awaitLine(processes.getFirst(), "step 20");
            driver.destroyForcibly().waitFor();
            for (Process process : processes) {
                assertThat(JavaProcess.awaitLine(process, "verdict"))
                        .containsAnyOf("TRANSPORT", "DEADLINE", "PEER_LOST");
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
            driver.destroyForcibly().waitFor();
        }
        assertThat(NodeDriver.sweep(parent)).isEqualTo(1);
        assertEmpty(parent);
    }

    /** As when the machine's launcher and all that it started are killed at once: the next start on the node sweeps. */
    @ParameterizedTest
    @EnumSource(DataPath.class)
    void shouldLeaveNothingForLongWhenAllAreKilled(DataPath path) throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        List<Process> processes = new ArrayList<>();
        Process driver = JavaProcess.start(DriverProcess.class, parent.toString());
        processes.add(driver);
        try {
            Path directory = Path.of(JavaProcess.awaitLine(driver, "started").substring("started ".length()));
            for (int rank = 0; rank < RANKS; rank++) {
                processes.add(start(rank, directory, path));
            }
            JavaProcess.awaitLine(processes.getLast(), "step 20");
            assertThat(NodeDriver.sweep(parent)).as("driver in use").isZero();
        } finally {
            processes.forEach(Process::destroyForcibly);
            for (Process process : processes) {
                process.waitFor();
            }
        }
        assertThat(NodeDriver.sweep(parent)).isEqualTo(1);
        assertEmpty(parent);
    }

    private static void shouldNameTheVictim(DataPath path, Blow blow) throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        List<Process> processes = new ArrayList<>();
        Path directory = NodeDriver.directory(parent, RankProcess.RUN_ID);
        try (NodeDriver driver = NodeDriver.start(directory, RankProcess.DEADLINE)) {
            for (int rank = 0; rank < RANKS; rank++) {
                processes.add(start(rank, driver.directory(), path));
            }
            assertThat(NodeDriver.sweep(parent)).as("driver in use").isZero();
            JavaProcess.awaitLine(processes.get(VICTIM), "step 20");
            blow.on(processes.get(VICTIM));
            long blowNs = System.nanoTime();

            List<String> verdicts = new ArrayList<>();
            for (int rank = 0; rank < RANKS; rank++) {
                if (rank != VICTIM) {
                    verdicts.add(JavaProcess.awaitLine(processes.get(rank), "verdict"));
                }
            }
            assertThat(Duration.ofNanos(System.nanoTime() - blowNs)).isLessThan(LONGEST_NOTICE);
            for (int rank = 0; rank < RANKS; rank++) {
                assertThat(rank == VICTIM || processes.get(rank).waitFor(30, TimeUnit.SECONDS))
                        .isTrue();
            }
            assertThat(verdicts).containsOnly(verdicts.getFirst());
            assertThat(verdicts.getFirst())
                    .matches("verdict PEER_LOST 1 (allReduce step=\\d+ layer=0|between operations).*");
        } finally {
            for (Process process : processes) {
                process.destroyForcibly().waitFor();
            }
        }
        assertEmpty(parent);
    }

    @FunctionalInterface
    private interface Blow {
        void on(Process victim) throws Exception;
    }

    private static void signal(String signal, Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", signal, "" + process.pid())
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void shouldSweepTheDirectoryOfAKilledDriver() throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        Process owner = JavaProcess.start(DriverProcess.class, parent.toString());
        try {
            JavaProcess.awaitLine(owner, "started");
            try (Stream<Path> directories = Files.list(parent)) {
                assertThat(directories).hasSize(1);
            }
            assertThat(NodeDriver.sweep(parent)).isZero();
        } finally {
            owner.destroyForcibly().waitFor();
        }
        assertThat(NodeDriver.sweep(parent)).isEqualTo(1);
        assertEmpty(parent);
    }

    /** Holds a driver until it is killed. */
    static final class DriverProcess {
        private DriverProcess() {}

        public static void main(String[] args) throws InterruptedException {
            try (NodeDriver driver =
                    NodeDriver.start(NodeDriver.directory(Path.of(args[0]), 7), Duration.ofSeconds(1))) {
                System.out.println("started " + driver.directory());
                Thread.sleep(Duration.ofMinutes(2));
            }
        }
    }

    private static Process start(int rank, Path directory, DataPath path) throws IOException {
        return JavaProcess.start(RankProcess.class, "" + rank, "" + RANKS, directory.toString(), path.name());
    }

    private static void assertEmpty(Path parent) throws IOException {
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).isEmpty();
        }
        Files.delete(parent);
    }
}
