/**
 * Internal: runs collective operations over a {@link io.witan.collectives.wire.Transport}. An operation is an
 * {@link io.witan.collectives.engine.Exchange}: a flow of parts from peer to peer and through sums. Operations of a lane run one
 * at a time in the order of their start; frames for a later operation stay in the transport, whose flow control holds the
 * sender back, so nothing is buffered without bound.
 *
 * <p>Thread rule: everything is guarded by the lock of its {@link io.witan.collectives.engine.Engine}, which waiting callers
 * and one daemon thread a rank take in turn.
 */
package io.witan.collectives.engine;
