package io.witan.benchmarks.collectives;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The nodes that {@code --hosts} names. */
final class BenchHosts {
    private static final int LEAST_PORT = 1024;
    private static final int MOST_PORT = 65_535;

    private BenchHosts() {}

    /**
     * A node a host, in their order. The first that is this machine runs in this process; what else is this machine gets an
     * agent of its own, as if it were another one; the others are reached by ssh.
     *
     * @param hosts names or addresses; one that comes twice makes two nodes
     * @param isLocal whether an address is this machine's
     * @throws IllegalArgumentException which names the host and what is allowed
     */
    static Cluster cluster(List<String> hosts, int ranksPerHost, int port, Predicate<String> isLocal) {
        if (port < LEAST_PORT || port + hosts.size() * ranksPerHost - 1 > MOST_PORT) {
            throw new IllegalArgumentException("--port " + port + ": each rank has a port from there on, allowed are "
                    + LEAST_PORT + ".." + MOST_PORT);
        }
        List<NodeSpec> nodes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean haveOwn = false;
        for (String host : hosts) {
            if (!host.matches("[A-Za-z0-9._:-]+") || host.startsWith("-")) {
                throw new IllegalArgumentException(
                        "--hosts: \"" + host + "\" is no host; allowed are names and addresses with commas between");
            }
            boolean local = isLocal.test(host);
            List<String> command =
                    !local ? List.of("ssh", "-o", "BatchMode=yes", host) : haveOwn ? List.of("env") : List.of();
            haveOwn |= local;
            String name = names.add(host) ? host : host + "#" + (nodes.size() + 1);
            names.add(name);
            nodes.add(new NodeSpec(name, host, ranksPerHost, command, ""));
        }
        return new Cluster(nodes, port, Cluster.DEFAULT_TIMEOUT);
    }
}
