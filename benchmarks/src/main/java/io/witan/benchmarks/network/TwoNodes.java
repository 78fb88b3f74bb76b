package io.witan.benchmarks.network;

import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Times collectives between two namespaces and a plain Aeron stream there in turns, and prints the table. */
@CommandLine.Command(
        name = "two-nodes.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Times collectives and plain Aeron streams between two network namespaces of this machine; needs root.")
public final class TwoNodes implements Callable<Integer> {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final int FIRST_PORT = 40500;
    /** Rounds more than the collectives get: the rival shall not be a cold one. */
    private static final int STREAM_WARM_UP = 10;
    /** Untimed: the compilers of ranks and drivers share the cores with them. */
    private static final int WARM_UP_ROUNDS = 15;

    private static final long IDLE_MS = 3000;

    @CommandLine.Parameters(hidden = true, description = "namespaces.sh")
    private Path script;

    @CommandLine.Option(names = "--rate", description = "of the link, as tc writes it (1gbit); not limited without")
    private String rate;

    @CommandLine.Option(names = "--mtu", description = "of the link, bytes (default ${DEFAULT-VALUE})")
    private int mtu = 1500;

    @CommandLine.Option(names = "--ranks", description = "a node (default ${DEFAULT-VALUE})")
    private int ranks = 2;

    @CommandLine.Option(names = "--volume", description = "MB that cross the link a round (default ${DEFAULT-VALUE})")
    private int megabytes = 32;

    @CommandLine.Option(
            names = "--rounds",
            description = "timed, after " + WARM_UP_ROUNDS + " untimed (default ${DEFAULT-VALUE})")
    private int rounds = 7;

    @CommandLine.Option(names = "--idle", description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE})")
    private Idle idle = Idle.BACKOFF;

    private final List<PeerProcess> drivers = new ArrayList<>();
    private final List<PeerProcess> streams = new ArrayList<>();
    private final List<PeerProcess> members = new ArrayList<>();

    private record Sample(double seconds, double wireShare) {}

    public static void main(String[] words) {
        System.exit(new CommandLine(new TwoNodes())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(words));
    }

    @Override
    public Integer call() throws IOException {
        NodeDriver.sweep(SHARED_MEMORY);
        try (LinkedNodes nodes = new LinkedNodes(script, mtu, rate)) {
            try {
                start(nodes);
                Map<NetworkOp, List<Sample>> samples = measure(nodes);
                samples.forEach((op, own) -> print(op, own, samples.get(op.rival())));
                printLatency();
                for (PeerProcess driver : drivers) {
                    driver.order("counts");
                    System.out.println("repeated by a driver: " + driver.await(NetworkPeer.NS));
                }
            } finally {
                // Ranks first: drivers must outlive them.
                for (PeerProcess process : Stream.of(members, streams, drivers)
                        .flatMap(List::stream)
                        .toList()) {
                    process.close();
                }
            }
        }
        return 0;
    }

    private long volumeBytes() {
        return megabytes * 1024L * 1024;
    }

    private void start(LinkedNodes nodes) throws IOException {
        for (int node = 0; node < 2; node++) {
            drivers.add(new PeerProcess(nodes.on(node), List.of("driver", directory(node))));
        }
        awaitUp(drivers);
        for (int rank = 0; rank < 2 * ranks; rank++) {
            members.add(peer(nodes, "rank", rank, FIRST_PORT));
        }
        awaitUp(members);
        for (int node = 0; node < 2; node++) {
            streams.add(peer(nodes, "stream", node * ranks, FIRST_PORT + 2 * ranks));
        }
        awaitUp(streams).forEach(channel -> System.out.println("stream: " + channel));
    }

    private PeerProcess peer(LinkedNodes nodes, String role, int rank, int firstPort) throws IOException {
        int node = rank / ranks;
        List<String> words = new ArrayList<>(
                List.of(role, directory(node), Integer.toString(rank), idle.name(), Long.toString(volumeBytes())));
        for (int other = 0; other < 2 * ranks; other++) {
            words.add(LinkedNodes.address(other / ranks) + ":" + (firstPort + other));
        }
        return new PeerProcess(nodes.on(node), words);
    }

    /** Drivers remove theirs when they end with this process; what a killed one leaves, the next run sweeps. */
    private static String directory(int node) {
        return NodeDriver.directory(SHARED_MEMORY, node).toString();
    }

    private static List<String> awaitUp(List<PeerProcess> processes) throws IOException {
        List<String> names = new ArrayList<>();
        for (PeerProcess process : processes) {
            names.add(process.await(NetworkPeer.UP));
        }
        return names;
    }

    /** A round has each operation once, so that a slow moment of the machine meets neighbours alike. */
    private Map<NetworkOp, List<Sample>> measure(LinkedNodes nodes) throws IOException {
        Map<NetworkOp, List<Sample>> samples = new EnumMap<>(NetworkOp.class);
        for (int round = 0; round < STREAM_WARM_UP; round++) {
            stream(NetworkOp.STREAM);
        }
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (NetworkOp op : NetworkOp.values()) {
                long before = nodes.sentBytes();
                double seconds = (op.isRaw() ? stream(op) : collective(op.name())) / 1e9;
                double share = (double) (nodes.sentBytes() - before) / op.bytesBothWays(volumeBytes());
                if (round >= 0) {
                    samples.computeIfAbsent(op, o -> new ArrayList<>()).add(new Sample(seconds, share));
                }
            }
        }
        return samples;
    }

    private long stream(NetworkOp op) throws IOException {
        boolean both = op == NetworkOp.STREAMS;
        streams.get(1).order(both ? "both" : NetworkPeer.RECEIVE);
        streams.get(0).order(both ? "both" : NetworkPeer.SEND);
        long receiver = Long.parseLong(streams.get(1).await(NetworkPeer.NS));
        long sender = Long.parseLong(streams.get(0).await(NetworkPeer.NS));
        return both ? Math.max(sender, receiver) : receiver;
    }

    private void printLatency() throws IOException {
        long ns = collective(NetworkPeer.LATENCY);
        Duration before = driversCpu();
        long startNs = System.nanoTime();
        try {
            Thread.sleep(IDLE_MS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        double cores = (double) driversCpu().minus(before).toNanos() / (System.nanoTime() - startNs) / 2;
        System.out.printf(
                Locale.ROOT, "all_reduce of 8 B, p50 %.1f us; an idle driver takes %.3f of a core%n", ns / 1e3, cores);
    }

    private Duration driversCpu() {
        return drivers.stream().map(PeerProcess::cpu).reduce(Duration.ZERO, Duration::plus);
    }

    private long collective(String order) throws IOException {
        for (PeerProcess rank : members) {
            rank.order(order);
        }
        long slowest = 0;
        for (PeerProcess rank : members) {
            slowest = Math.max(slowest, Long.parseLong(rank.await(NetworkPeer.NS)));
        }
        return slowest;
    }

    /** Bytes a second one way over the wire, without headers; the ratio is the median over rounds. */
    private void print(NetworkOp op, List<Sample> own, List<Sample> rival) {
        double[] seconds = own.stream().mapToDouble(Sample::seconds).sorted().toArray();
        double median = median(seconds);
        double[] ratios = new double[own.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = rival.get(i).seconds() / own.get(i).seconds();
        }
        double share = median(own.stream().mapToDouble(Sample::wireShare).toArray());
        System.out.printf(
                Locale.ROOT,
                "%-22s %4d MiB one way, p50 %8.2f ms (%.2f to %.2f), %.4f GB/s, %.2f of %s, on the wire %.4f%n",
                op.name().toLowerCase(Locale.ROOT),
                megabytes,
                median * 1e3,
                seconds[0] * 1e3,
                seconds[seconds.length - 1] * 1e3,
                volumeBytes() / median / 1e9,
                median(ratios),
                op.rival().name().toLowerCase(Locale.ROOT),
                share);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
