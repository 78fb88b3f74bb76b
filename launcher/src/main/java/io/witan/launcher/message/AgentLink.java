package io.witan.launcher.message;

import java.util.Set;
import java.util.function.Consumer;

/** The launcher's hold on one node's agent. */
public interface AgentLink extends AutoCloseable {
    /** Starts the node's ranks; returns at once, what happens comes as events. The launcher calls it once. */
    void start(NodeJob job, Consumer<AgentEvent> events);

    /**
     * Gives all ranks of the node their next job, in which they go on from what the run has kept; returns at once. Those that are
     * gone are started for it, and so is an agent that was {@link AgentEvent.AgentLost}. Only in a run that has restarts.
     *
     * @param next of the same run and node
     * @param replaced ranks that are there but do not answer: they are killed and started anew
     */
    void goOn(NodeJob next, Set<Integer> replaced);

    /** SIGTERM to the node's ranks: they save and leave. */
    void stop();

    /** SIGKILL to the node's ranks and all that they started. */
    void kill();

    /** Ends the agent and what is left of its ranks; waits a few seconds at most. */
    @Override
    void close();
}
