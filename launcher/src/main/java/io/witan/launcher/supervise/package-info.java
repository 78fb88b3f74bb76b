/**
 * Keeps a run together: {@link io.witan.launcher.supervise.Supervisor} follows all ranks of all nodes, stops the rest when
 * one fails, passes signals on, and says what happened; {@link io.witan.launcher.supervise.Terminal} prints whole lines.
 *
 * <p>Thread rule: the supervisor decides on one thread; signals and agents reach it through its queue. The terminal may be
 * used from any thread.
 */
package io.witan.launcher.supervise;
