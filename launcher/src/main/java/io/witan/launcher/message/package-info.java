/**
 * What launcher, agents and ranks tell each other: the work of a node and of a rank, and the events that come back, one JSON object a line
 * ({@link io.witan.launcher.message.Wire}). The launcher speaks to an agent through an {@link io.witan.launcher.message.AgentLink}: in its own
 * process, or in another one over stdin and stdout.
 *
 * <p>Thread rule: messages are immutable. Events of one rank come in order; events of different ranks come from different threads, so a consumer
 * must be thread-safe.
 */
package io.witan.launcher.message;
