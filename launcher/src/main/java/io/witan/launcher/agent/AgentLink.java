package io.witan.launcher.agent;

import java.util.function.Consumer;

/** The launcher's hold on one node's agent. */
public interface AgentLink extends AutoCloseable {
    /** Starts the node's ranks; returns at once, what happens comes as events. Called once. */
    void start(NodeJob job, Consumer<AgentEvent> events);

    /** SIGTERM to the node's ranks: they save and leave. */
    void stop();

    /** SIGKILL to the node's ranks and all that they started. */
    void kill();

    /** Ends the agent and what is left of its ranks; waits a few seconds at most. */
    @Override
    void close();
}
