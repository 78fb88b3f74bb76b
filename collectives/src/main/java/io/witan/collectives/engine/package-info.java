/**
 * Internal: runs collective operations over a {@link io.witan.collectives.wire.Transport}. An operation is a list of
 * {@link io.witan.collectives.engine.Phase}s; a phase is an exchange of messages and a local action at its end. Operations
 * of a lane run one at a time in the order of their start; frames for a later operation or phase stay in the transport, whose
 * flow control holds the sender back, so nothing is buffered without bound.
 *
 * <p>Thread rule: everything is guarded by the lock of its {@link io.witan.collectives.engine.Engine}, which waiting callers
 * and one daemon thread a rank take in turn.
 */
package io.witan.collectives.engine;
