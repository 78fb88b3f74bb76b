/**
 * One node's part of a run. A {@link io.witan.launcher.agent.NodeAgent} starts the node's transport driver and its rank
 * processes, follows their output and exits, and leaves nothing behind. The launcher speaks to it through an
 * {@link io.witan.launcher.agent.AgentLink}: in its own process, or in another one over stdin and stdout, one JSON object a
 * line ({@link io.witan.launcher.agent.AgentEvent}).
 *
 * <p>Thread rule: events of one rank come in order; events of different ranks come from different threads, so a consumer
 * must be thread-safe. {@code stop}, {@code kill} and {@code close} may be called from any thread.
 */
package io.witan.launcher.agent;
