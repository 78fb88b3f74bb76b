package io.witan.launcher.rendezvous;

import java.util.Collection;
import java.util.List;

/**
 * Who is to come to a rendezvous.
 *
 * @param version of Witan, the same for all
 * @param processes that the engine has started, on all nodes
 * @param here how many of them are on the launcher's own node
 * @param nodes names of the other nodes; empty: the engine does not tell
 */
public record Expected(String version, int processes, int here, List<String> nodes) {
    public Expected {
        nodes = List.copyOf(nodes);
    }

    int elsewhere() {
        return processes - here;
    }

    /** Words for those who are not among the given. */
    String missing(Collection<Joining> there) {
        int left = elsewhere() - there.stream().mapToInt(Joining::processes).sum();
        List<String> names = nodes.stream()
                .filter(name -> there.stream().noneMatch(one -> one.node().equals(name)))
                .toList();
        String who = names.isEmpty() ? "nodes with " + left + " of " + processes + " processes" : "nodes " + names;
        List<String> came = there.stream().map(Joining::node).toList();
        return who + " did not come" + (came.isEmpty() ? "" : ", " + came + " did");
    }
}
