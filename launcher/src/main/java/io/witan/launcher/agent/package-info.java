/**
 * One node's part of a run. A {@link io.witan.launcher.agent.NodeAgent} starts the node's transport driver and its rank
 * processes, follows their output and exits, and leaves nothing behind.
 *
 * <p>Thread rule: {@code stop}, {@code kill} and {@code close} may be called from any thread.
 */
package io.witan.launcher.agent;
