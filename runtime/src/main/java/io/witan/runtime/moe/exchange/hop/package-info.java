/**
 * Rows that take several collective operations between ranks: {@link io.witan.runtime.moe.exchange.hop.Hops} starts them in order, each
 * on its lane.
 *
 * <p>Thread rule: the rank's training thread.
 */
package io.witan.runtime.moe.exchange.hop;
