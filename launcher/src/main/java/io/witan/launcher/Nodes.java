package io.witan.launcher;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.message.AgentLink;
import java.util.Map;
import java.util.Optional;

/**
 * The nodes of a run.
 *
 * @param joined agents that came by themselves, by the name of their node; those of other nodes are still to be started
 */
record Nodes(Cluster cluster, Map<String, AgentLink> joined) implements AutoCloseable {
    Nodes {
        joined = Map.copyOf(joined);
    }

    /** Nodes whose agents the launcher starts. */
    static Nodes of(Cluster cluster) {
        return new Nodes(cluster, Map.of());
    }

    Optional<AgentLink> agentOf(NodeSpec node) {
        return Optional.ofNullable(joined.get(node.name()));
    }

    /** True if the launcher itself is the node's agent. */
    boolean isHere(NodeSpec node) {
        return node.inProcess() && !joined.containsKey(node.name());
    }

    /** Lets the agents go that came by themselves; no more than that if the run is over. */
    @Override
    public void close() {
        joined.values().forEach(AgentLink::close);
    }
}
