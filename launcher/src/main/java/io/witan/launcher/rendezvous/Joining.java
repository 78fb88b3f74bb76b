package io.witan.launcher.rendezvous;

/**
 * What a node's agent says of itself once it is known to belong to the run.
 *
 * @param version of Witan
 * @param process number of its process among those that the engine started, from 0
 * @param processes of its node, of which it is the first
 * @param ranks that its node gets
 * @param node name of the node
 */
public record Joining(String version, int process, int processes, int ranks, String node) {
    /**
     * The launcher's answer.
     *
     * @param refusal why the node cannot take part; empty: it does
     */
    record Answer(String refusal) {}
}
