package io.witan.launcher.cluster;

import java.util.List;

/**
 * One node of a cluster.
 *
 * @param name unique; prefixes the node's output
 * @param address host name or IP address that the other nodes reach it by
 * @param ranks ranks on this node, at least 1
 * @param command words put before the node agent's own command line (ssh, ip netns exec ...); empty: this process is the
 *     node's agent
 * @param home folder of Witan on that node; empty: the same as here
 */
public record NodeSpec(String name, String address, int ranks, List<String> command, String home) {
    public NodeSpec {
        command = List.copyOf(command);
    }

    /** True if the launcher itself is the node's agent. */
    public boolean inProcess() {
        return command.isEmpty();
    }

    /** True if a remote shell reads the words after the command, so that they must be quoted for it. */
    public boolean throughShell() {
        return !command.isEmpty()
                && (command.getFirst().equals("ssh") || command.getFirst().endsWith("/ssh"));
    }
}
