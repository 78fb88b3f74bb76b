/**
 * How node agents that nobody started by a command meet their launcher: they dial it by TCP
 * ({@link io.witan.launcher.rendezvous.Dialler}), both sides prove that they know the run's key
 * ({@link io.witan.launcher.rendezvous.RunKey}), and from then on each line carries its number and a MAC. What the lines say is
 * what launcher and agents say over pipes too.
 *
 * <p>Before the proof nothing is read but one short line of fixed form. Every wait has a deadline. Nothing is encrypted.
 */
package io.witan.launcher.rendezvous;
