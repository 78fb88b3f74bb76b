/**
 * Collective communication between ranks: {@link io.witan.collectives.Communicator} and what it throws. Transports are
 * behind it; no Aeron type is in a public signature.
 *
 * <p>Buffers are {@link java.lang.foreign.MemorySegment}s that the caller owns. From the call until its
 * {@link io.witan.collectives.Handle} is done, the operation may read or write them on another thread; the caller leaves
 * them alone. All lengths and offsets are in bytes.
 *
 * <p>Ranks: {@link io.witan.collectives.AeronGroups} connects processes through each node's
 * {@link io.witan.collectives.NodeDriver}, {@link io.witan.collectives.InMemoryNetwork} connects threads; either gives a
 * {@link io.witan.collectives.CommunicatorGroup} of independent lanes.
 *
 * <p>Thread rule: one thread starts the operations of a communicator. Every rank starts the same operations in the same
 * order. Any number may be in flight; they complete in order.
 */
package io.witan.collectives;
