package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes of two ranks over UDP whose drivers throw datagrams away: the same bits as in memory, at any rate. */
class LossyNetworkIT {
    /** Above the longest row of lost datagrams that an operation may meet: at 20 % each costs about 0.1 s. */
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private static final Topology TOPOLOGY = Topology.of(2, 2);
    private static final String DATAGRAM_PROPERTY = "witan.network.datagram";
    private static final int STEPS = 4;
    private static final int FLOATS = 150_000;
    private static final long SEED = 20;

    private Path parent;

    @BeforeEach
    void makeDirectory() throws IOException {
        parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
    }

    @AfterEach
    void deleteDirectory() throws IOException {
        Files.delete(parent);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.05, 0.2})
    void shouldGiveTheSameBitsWhateverIsLost(double rate) throws IOException {
        compareAt(rate);
    }

    /** As between hosts, where a frame takes more than one datagram. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.05})
    void shouldGiveTheSameBitsFromShortDatagrams(double rate) throws IOException {
        System.setProperty(DATAGRAM_PROPERTY, "1472");
        try {
            compareAt(rate);
        } finally {
            System.clearProperty(DATAGRAM_PROPERTY);
        }
    }

    private void compareAt(double rate) throws IOException {
        List<String> inMemory = Ranks.run(TOPOLOGY, group -> Workload.digest(group, STEPS, FLOATS));
        List<NodeDriver> nodes = new ArrayList<>();
        long startNs = System.nanoTime();
        try {
            for (int node = 0; node < TOPOLOGY.nodeCount(); node++) {
                nodes.add(NodeDriver.start(parent.resolve("node" + node), DEADLINE, new Loss(rate, SEED + node)));
            }
            assertThat(digests(nodes)).isEqualTo(inMemory);
        } finally {
            nodes.forEach(NodeDriver::close);
        }

        List<NodeDriver.Counts> counts = nodes.stream().map(NodeDriver::counts).toList();
        System.out.printf(
                "loss %.2f: %d ranks, %d ms, %s%n",
                rate, TOPOLOGY.rankCount(), (System.nanoTime() - startNs) / 1_000_000, counts);
        if (rate == 0) {
            assertThat(counts).allSatisfy(count -> assertThat(count.dropped()).isZero());
        } else {
            assertThat(total(counts, NodeDriver.Counts::dropped)).isPositive();
            assertThat(total(counts, NodeDriver.Counts::naksSent)).isPositive();
            assertThat(total(counts, NodeDriver.Counts::naksReceived)).isPositive();
            assertThat(total(counts, NodeDriver.Counts::retransmits)).isPositive();
        }
    }

    private static long total(List<NodeDriver.Counts> counts, ToLongFunction<NodeDriver.Counts> field) {
        return counts.stream().mapToLong(field).sum();
    }

    private static List<String> digests(List<NodeDriver> nodes) throws IOException {
        List<String> endpoints = AeronNodes.endpoints(TOPOLOGY.rankCount());
        return Ranks.run(
                TOPOLOGY.rankCount(),
                rank -> AeronGroups.connect(new GroupConfig(
                        42,
                        rank,
                        TOPOLOGY,
                        nodes.get(TOPOLOGY.nodeOf(rank)).directory(),
                        endpoints,
                        DEADLINE,
                        Duration.ofSeconds(30),
                        7)),
                group -> Workload.digest(group, STEPS, FLOATS));
    }
}
