package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes of two ranks, each a process, in network namespaces joined by an Ethernet of MTU 1500. */
@Timeout(180)
class TwoNodesIT {
    /** Bytes on the wire over bytes of chunks that cross it. */
    private static final double MOST_OVERHEAD = 1.06;
    /** What publications that have nothing to say cost beside that. */
    private static final long IDLE_BYTES_PER_SECOND = 100_000;

    private final List<Process> processes = new ArrayList<>();

    /** Datagrams that fit the MTU, as is the default, and datagrams that IP cuts up. */
    @ParameterizedTest
    @ValueSource(strings = {"", "-Dwitan.network.datagram=8192"})
    void shouldCostTheNetworkLittleMoreThanThePlan(String option) throws Exception {
        Path parent = Files.createTempDirectory(Path.of("/dev/shm"), "witan-test-");
        try (NetworkNamespaces network = NetworkNamespaces.linked()) {
            start(network, parent, option.isEmpty() ? List.of() : List.of(option));

            assertThat(ask("workload", "digest ")).isEqualTo(inMemory(NetworkRank::workload));
            for (boolean reduces : new boolean[] {false, true}) {
                ask(reduces ? "reduce" : "gather", "ready");
                long before = network.sentBytes(0) + network.sentBytes(1);
                long beforeNs = System.nanoTime();
                ask("go", "moved");
                double seconds = (System.nanoTime() - beforeNs) / 1e9;
                long sent = network.sentBytes(0) + network.sentBytes(1) - before;
                long planned = (long) NetworkRank.plan().interNode().size() * NetworkRank.CHUNK_BYTES;
                System.out.printf(
                        "%s %s: %d B planned, %.4f times that sent, %.3f GB/s%n",
                        reduces ? "reduce" : "gather",
                        option,
                        planned,
                        (double) sent / planned,
                        planned / seconds / 1e9);

                assertThat(awaitAll("digest ")).isEqualTo(inMemory(group -> exchanged(group, reduces)));
                assertThat(sent).isBetween(planned, (long) (MOST_OVERHEAD * planned + IDLE_BYTES_PER_SECOND * seconds));
            }
        } finally {
            end();
        }
        try (var left = Files.list(parent)) {
            assertThat(left).isEmpty();
        }
        Files.delete(parent);
    }

    private static List<String> inMemory(Ranks.Work<String> work) {
        return Ranks.run(NetworkRank.TOPOLOGY, work);
    }

    private static String exchanged(CommunicatorGroup group, boolean reduces) {
        NetworkRank.Exchange exchange = new NetworkRank.Exchange(group, reduces);
        exchange.run();
        return exchange.digest();
    }

    /** Has all ranks do a part; what each then says after some words. */
    private List<String> ask(String part, String words) throws IOException {
        for (Process rank : ranks()) {
            rank.outputWriter().write(part + "\n");
            rank.outputWriter().flush();
        }
        return awaitAll(words);
    }

    private List<String> awaitAll(String words) throws IOException {
        List<String> said = new ArrayList<>();
        for (Process rank : ranks()) {
            said.add(awaitLine(rank, words).substring(words.length()));
        }
        return said;
    }

    private List<Process> ranks() {
        return processes.subList(NetworkRank.TOPOLOGY.nodeCount(), processes.size());
    }

    /** First the drivers, then the ranks. */
    private void start(NetworkNamespaces network, Path parent, List<String> options) throws IOException {
        List<String> endpoints = IntStream.range(0, NetworkRank.TOPOLOGY.rankCount())
                .mapToObj(rank -> NetworkNamespaces.address(NetworkRank.TOPOLOGY.nodeOf(rank)) + ":" + (40500 + rank))
                .toList();
        for (int node = 0; node < NetworkRank.TOPOLOGY.nodeCount(); node++) {
            Process driver = java(network.on(node), options, List.of(directory(parent, node)));
            processes.add(driver);
            awaitLine(driver, "up");
        }
        for (int rank = 0; rank < endpoints.size(); rank++) {
            int node = NetworkRank.TOPOLOGY.nodeOf(rank);
            List<String> words = new ArrayList<>(List.of(directory(parent, node), "" + rank));
            words.addAll(endpoints);
            processes.add(java(network.on(node), options, words));
        }
        for (Process rank : ranks()) {
            awaitLine(rank, "up");
        }
    }

    private static String directory(Path parent, int node) {
        return parent.resolve("node" + node).toString();
    }

    private static Process java(List<String> prefix, List<String> options, List<String> words) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), NetworkRank.class.getName()));
        command.addAll(words);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Under the class's time-out. */
    private static String awaitLine(Process process, String start) throws IOException {
        BufferedReader output = process.inputReader();
        StringBuilder seen = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(start)) {
                return line;
            }
            seen.append(line).append('\n');
        }
        throw new AssertionError("no line \"" + start + "\" in:\n" + seen);
    }

    /** Ranks first, as the drivers must outlive them. */
    private void end() throws IOException, InterruptedException {
        for (Process process : processes.reversed()) {
            process.getOutputStream().close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }
}
