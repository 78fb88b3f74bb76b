package io.witan.launcher;

import io.witan.launcher.agent.RemoteAgent;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.doctor.FactsReader;
import io.witan.launcher.process.SharedMemory;
import io.witan.launcher.rendezvous.SocketAgent;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a run would start, as lines. Looks names up and asks this node for its shared memory; starts and writes nothing. */
final class DryRun {
    private static final double MB = 1e6;

    private final Nodes nodes;
    private final RunPlan plan;
    private final String home;
    private final Composition.AgentWords agentWords;

    /** @param home folder of Witan on this node */
    DryRun(Nodes nodes, RunPlan plan, String home, Composition.AgentWords agentWords) {
        this.nodes = nodes;
        this.plan = plan;
        this.home = home;
        this.agentWords = agentWords;
    }

    /** @param output where a run's output would go */
    List<String> lines(String output) {
        List<String> lines = new ArrayList<>();
        lines.add("dry run: recipe " + plan.recipe() + ", " + nodes.cluster().worldSize() + " ranks on "
                + nodes.cluster().nodes().size() + " nodes, output would go to " + output);
        int first = 0;
        for (NodeSpec node : nodes.cluster().nodes()) {
            lines.add("node " + node.name() + ", " + resolved(node.address()) + ": "
                    + (node.ranks() == 1 ? "rank " + first : "ranks " + first + " to " + (first + node.ranks() - 1)));
            lines.add("  agent: " + agent(node));
            lines.add("  endpoints: UDP "
                    + String.join(", ", nodes.cluster().endpoints().subList(first, first + node.ranks())));
            lines.add(
                    "  shared memory: " + megabytes(plan.shmBytes()) + " needed" + (nodes.isHere(node) ? free() : ""));
            first += node.ranks();
        }
        lines.add("nothing was started or written");
        return lines;
    }

    private String agent(NodeSpec node) {
        if (nodes.isHere(node)) {
            return "in this process";
        }
        if (nodes.agentOf(node).orElse(null) instanceof SocketAgent joined) {
            return "came from " + joined.address() + " as process "
                    + joined.joining().process();
        }
        String there = node.home().isEmpty() ? home : node.home();
        return String.join(" ", RemoteAgent.commandLine(node, agentWords.at(there)));
    }

    private static String resolved(String address) {
        try {
            String number = InetAddress.getByName(address).getHostAddress();
            return number.equals(address) ? address : address + " (" + number + ")";
        } catch (UnknownHostException _) {
            return address + " (a name that is not known here)";
        }
    }

    private static String free() {
        Path parent = SharedMemory.parent();
        return ", " + megabytes(FactsReader.storage(parent).shmFreeBytes()) + " free in " + parent;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / MB);
    }
}
