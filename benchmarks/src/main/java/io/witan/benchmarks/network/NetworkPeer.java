package io.witan.benchmarks.network;

import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import io.witan.collectives.aeron.AeronAddress;
import io.witan.scheduler.plan.Topology;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.YieldingIdleStrategy;

/** A process on one of the nodes: takes an order a line and answers it with the nanoseconds that it took. */
final class NetworkPeer {
    static final String UP = "up ";
    static final String NS = "ns ";
    static final String SEND = "send";
    static final String RECEIVE = "receive";
    static final String LATENCY = "latency";

    private NetworkPeer() {}

    private interface Orders {
        long obey(String order);
    }

    /** Words: {@code driver DIR}, or {@code rank|stream DIR RANK IDLE VOLUME ENDPOINTS...}. */
    public static void main(String[] words) throws IOException {
        Path directory = Path.of(words[1]);
        if (words[0].equals("driver")) {
            try (NodeDriver driver = NodeDriver.start(directory)) {
                listen(driver.directory().toString(), order -> driver.counts().retransmits());
            }
            return;
        }
        int rank = Integer.parseInt(words[2]);
        Idle idle = Idle.valueOf(words[3]);
        long volume = Long.parseLong(words[4]);
        List<String> endpoints = List.of(words).subList(5, words.length);
        if (words[0].equals("rank")) {
            try (RankRole role = new RankRole(rank, directory, idle, volume, endpoints)) {
                listen(
                        "rank " + rank,
                        order -> order.equals(LATENCY) ? role.latency() : role.run(NetworkOp.valueOf(order), volume));
            }
        } else {
            Topology topology = Topology.of(endpoints.size() / 2, endpoints.size() / 2);
            int peer = (rank + endpoints.size() / 2) % endpoints.size();
            AeronAddress address = new AeronAddress(
                    1, true, rank, topology, directory, endpoints, streamCount(), false, TimeUnit.SECONDS.toNanos(4));
            try (StreamRole role = new StreamRole(address, peer, volume, () -> strategy(idle))) {
                listen(role.channel(), order -> stream(role, order));
            }
        }
    }

    private static long stream(StreamRole role, String order) {
        return switch (order) {
            case SEND -> role.send();
            case RECEIVE -> role.receive();
            default -> role.exchange();
        };
    }

    /** Control and lanes, as ranks have: the terms' length, and with it the window, depends on it. */
    private static int streamCount() {
        try (CommunicatorGroup alone = CommunicatorGroup.solo()) {
            return 1 + alone.laneCount();
        }
    }

    private static void listen(String name, Orders orders) throws IOException {
        System.out.println(UP + name);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String order = input.readLine(); order != null; order = input.readLine()) {
            System.out.println(NS + orders.obey(order));
        }
    }

    /** As the ranks wait. */
    private static IdleStrategy strategy(Idle idle) {
        return switch (idle) {
            case SPIN -> new BusySpinIdleStrategy();
            case YIELD -> new YieldingIdleStrategy();
            case BACKOFF -> new BackoffIdleStrategy(100, 100, 20_000, 20_000);
        };
    }
}
