package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Ranks as threads of this process over real drivers, one for each node, in a directory of shared memory that each test has for
 * itself and in which it must leave nothing.
 */
final class AeronNodes implements BeforeEachCallback, AfterEachCallback {
    static final Duration DEADLINE = Duration.ofSeconds(20);
    static final long CONFIG_HASH = 7;

    private Path directory;

    @Override
    public void beforeEach(ExtensionContext test) throws IOException {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
    }

    @Override
    public void afterEach(ExtensionContext test) throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
        Files.delete(directory);
    }

    /** Of this test. */
    Path directory() {
        return directory;
    }

    /** Of a node's driver, while ranks run. */
    Path driver(int node) {
        return directory.resolve("node" + node);
    }

    /** All ranks' results in rank order; the first rank's exception if one throws. */
    <T> List<T> run(Topology topology, DataPath path, Ranks.Work<T> work) throws IOException {
        return run(topology, path, DEADLINE, work);
    }

    <T> List<T> run(Topology topology, DataPath path, Duration rendezvous, Ranks.Work<T> work) throws IOException {
        List<String> endpoints = endpoints(topology.rankCount());
        return withDrivers(
                topology,
                () -> Ranks.run(
                        topology.rankCount(),
                        rank -> AeronGroups.connect(config(topology, rank, endpoints, rendezvous, CONFIG_HASH, path)),
                        work));
    }

    /** What each rank of one node hears that meets the others; none may get through. */
    List<CollectiveException> refusals(int ranks, IntFunction<DataPath> path, IntFunction<Long> configHash)
            throws IOException {
        Topology topology = Topology.of(ranks);
        List<Callable<CollectiveException>> calls = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            GroupConfig config = config(topology, rank, List.of(), DEADLINE, configHash.apply(rank), path.apply(rank));
            calls.add(() -> {
                try (CommunicatorGroup group = AeronGroups.connect(config)) {
                    throw new AssertionError("rank " + group.rank() + " met the others");
                } catch (CollectiveException refused) {
                    return refused;
                }
            });
        }
        return withDrivers(topology, () -> Ranks.inParallel(calls));
    }

    GroupConfig config(
            Topology topology, int rank, List<String> endpoints, Duration rendezvous, long configHash, DataPath path) {
        return new GroupConfig(
                42,
                rank,
                topology,
                driver(topology.nodeOf(rank)),
                endpoints,
                DEADLINE,
                rendezvous,
                configHash,
                path,
                Idle.values()[rank % Idle.values().length]);
    }

    @FunctionalInterface
    interface WithDrivers<T> {
        T run() throws IOException;
    }

    <T> T withDrivers(Topology topology, WithDrivers<T> work) throws IOException {
        List<NodeDriver> drivers = new ArrayList<>();
        try {
            for (int node = 0; node < topology.nodeCount(); node++) {
                drivers.add(NodeDriver.start(driver(node), DEADLINE));
            }
            return work.run();
        } finally {
            drivers.forEach(NodeDriver::close);
        }
    }

    static List<String> endpoints(int count) throws IOException {
        List<DatagramSocket> held = new ArrayList<>();
        List<String> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            DatagramSocket socket = new DatagramSocket();
            held.add(socket);
            endpoints.add("127.0.0.1:" + socket.getLocalPort());
        }
        held.forEach(DatagramSocket::close);
        return endpoints;
    }
}
