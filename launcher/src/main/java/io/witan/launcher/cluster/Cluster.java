package io.witan.launcher.cluster;

import io.witan.scheduler.plan.Topology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes of a run, in rank order.
 *
 * @param nodes at least one
 * @param port UDP port of rank 0; rank r uses port + r
 * @param timeout how long starting ranks and finding each other may take
 */
public record Cluster(List<NodeSpec> nodes, int port, Duration timeout) {
    /** Port of rank 0 when a cluster file gives none. */
    public static final int DEFAULT_PORT = 40500;

    /** Time for all ranks to find each other when a cluster file gives none. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

    public Cluster {
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a cluster needs at least one node");
        }
    }

    /** One node, this one, with its agent in this process. */
    public static Cluster local(int ranks) {
        NodeSpec node = new NodeSpec("local", "127.0.0.1", ranks, List.of(), "");
        return new Cluster(List.of(node), DEFAULT_PORT, DEFAULT_TIMEOUT);
    }

    public int worldSize() {
        return topology().rankCount();
    }

    public Topology topology() {
        return Topology.of(nodes.stream().mapToInt(NodeSpec::ranks).toArray());
    }

    /** {@code host:port} of each rank, in rank order. */
    public List<String> endpoints() {
        List<String> endpoints = new ArrayList<>();
        for (NodeSpec node : nodes) {
            String host = node.address().contains(":") ? "[" + node.address() + "]" : node.address();
            for (int local = 0; local < node.ranks(); local++) {
                endpoints.add(host + ":" + (port + endpoints.size()));
            }
        }
        return endpoints;
    }
}
