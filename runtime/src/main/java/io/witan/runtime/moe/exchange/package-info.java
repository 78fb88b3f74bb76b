/**
 * Ways for rows between ranks. All bring the same rows to the same places, so which one is used changes no number; but for
 * {@link io.witan.runtime.moe.exchange.deduplicated.DeduplicatedExchange}, which adds up a token's rows on their way.
 *
 * <p>Thread rule: the rank's training thread. R ranks, of which a node has G.
 */
package io.witan.runtime.moe.exchange;
