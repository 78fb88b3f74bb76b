/**
 * Internal: what goes over the wire. {@link io.witan.collectives.wire.Transport} moves frames between ranks, in order and
 * at most once per (source, target, stream); {@link io.witan.collectives.wire.FrameLayout} is their layout
 * (docs/wire-format.md). One thread at a time uses a transport: its engine's lock holder.
 */
package io.witan.collectives.wire;
