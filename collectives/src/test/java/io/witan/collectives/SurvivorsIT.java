package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks as processes; some are killed in the middle of an operation, one after the other, and the others go on. */
@Timeout(120)
class SurvivorsIT {
    @ParameterizedTest
    @CsvSource({"4, SHARED_MEMORY", "4, AERON", "2 2, SHARED_MEMORY", "2 2, AERON"})
    void shouldGoOnWithTheRightBits(String nodes, DataPath path) throws Exception {
        run(nodes.replace(' ', ','), path, List.of(1), List.of(0, 2, 3));
    }

    /** The second is rank 1 of the survivors of the first. */
    @ParameterizedTest
    @CsvSource({"4, SHARED_MEMORY", "2 2, SHARED_MEMORY"})
    void shouldGoOnTwice(String nodes, DataPath path) throws Exception {
        run(nodes.replace(' ', ','), path, List.of(0, 2), List.of(1, 3));
    }

    private static void run(String nodes, DataPath path, List<Integer> victims, List<Integer> survivors)
            throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        Topology whole = topology(nodes);
        List<NodeDriver> drivers = new ArrayList<>();
        List<Process> processes = new ArrayList<>();
        try {
            for (int node = 0; node < whole.nodeCount(); node++) {
                drivers.add(NodeDriver.start(parent.resolve("node" + node), SurvivorProcess.DEADLINE));
            }
            String endpoints = String.join(",", AeronNodes.endpoints(whole.rankCount()));
            for (int rank = 0; rank < whole.rankCount(); rank++) {
                processes.add(JavaProcess.start(
                        SurvivorProcess.class,
                        "" + rank,
                        nodes,
                        drivers.get(whole.nodeOf(rank)).directory().toString(),
                        endpoints,
                        path.name(),
                        "" + victims.size()));
            }
            for (int victim : victims) {
                JavaProcess.awaitLine(processes.get(victim), "step 20");
                processes.get(victim).destroyForcibly().waitFor();
                for (int rank : survivors) {
                    assertThat(JavaProcess.awaitLine(processes.get(rank), "verdict"))
                            .startsWith("verdict PEER_LOST " + victim + " ");
                }
                if (victim != victims.getLast()) {
                    JavaProcess.awaitLine(processes.get(victims.getLast()), "verdict");
                }
            }
            assertGoOn(processes, survivors, whole);
            for (NodeDriver driver : drivers) {
                assertThat(filesIn(driver.directory().resolve("memory")))
                        .as("left while the driver goes on")
                        .isEmpty();
            }
        } finally {
            for (Process process : processes) {
                process.destroyForcibly().waitFor();
            }
            drivers.forEach(NodeDriver::close);
        }
        assertThat(filesIn(parent)).isEmpty();
        Files.delete(parent);
    }

    private static void assertGoOn(List<Process> processes, List<Integer> survivors, Topology whole) throws Exception {
        Topology left =
                Members.world(0, survivors.getFirst(), whole).only(survivors, 0).topology();
        List<String> expected =
                Ranks.run(left, group -> Workload.digest(group, SurvivorProcess.STEPS, SurvivorProcess.FLOATS));
        for (int place = 0; place < survivors.size(); place++) {
            Process process = processes.get(survivors.get(place));
            assertThat(JavaProcess.awaitLine(process, "digest"))
                    .isEqualTo("digest " + expected.get(place) + " of " + survivors);
            assertThat(JavaProcess.awaitLine(process, "done")).isEqualTo("done");
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }
    }

    private static Topology topology(String nodes) {
        return Topology.of(
                Stream.of(nodes.split(",")).mapToInt(Integer::parseInt).toArray());
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
