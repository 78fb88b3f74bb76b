package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers of one, two and three threads move the same bits. */
class DriverThreadsIT {
    private static final Topology TOPOLOGY = Topology.of(1, 1);
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private Path parent;

    @BeforeEach
    void makeDirectory() throws IOException {
        parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
    }

    @AfterEach
    void clear() throws IOException {
        System.clearProperty(NodeDriver.THREADS_PROPERTY);
        Files.delete(parent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2", "3"})
    void shouldMoveTheSameBits(String threads) throws IOException {
        System.setProperty(NodeDriver.THREADS_PROPERTY, threads);
        List<String> inMemory = Ranks.run(TOPOLOGY, group -> Workload.digest(group, 3, 20_000));
        List<String> endpoints = AeronNodes.endpoints(TOPOLOGY.rankCount());
        try (NodeDriver first = NodeDriver.start(parent.resolve("node0"), DEADLINE);
                NodeDriver second = NodeDriver.start(parent.resolve("node1"), DEADLINE)) {
            List<Path> directories = List.of(first.directory(), second.directory());
            List<String> overUdp = Ranks.run(
                    TOPOLOGY.rankCount(),
                    rank -> AeronGroups.connect(new GroupConfig(
                            42, rank, TOPOLOGY, directories.get(rank), endpoints, DEADLINE, DEADLINE, 7)),
                    group -> Workload.digest(group, 3, 20_000));

            assertThat(overUdp).isEqualTo(inMemory);
        }
    }

    @Test
    void shouldRefuseAnotherNumber() {
        System.setProperty(NodeDriver.THREADS_PROPERTY, "4");

        assertThatThrownBy(() -> NodeDriver.start(parent.resolve("node0"), DEADLINE))
                .isInstanceOf(CollectiveException.class)
                .hasMessage("media driver cannot start in " + parent.resolve("node0")
                        + ": -Dwitan.driver.threads=4 is not 1, 2 or 3");
    }
}
