/**
 * The maths of a sparse Mixture-of-Experts step, one operation an interface, behind {@link io.witan.kernels.Kernels}.
 *
 * <p>All tensors are dense, row-major, little-endian {@link java.lang.foreign.MemorySegment}s that start at offset 0 of
 * the segment; values are fp32 and ids int32 unless a method says otherwise. The caller owns every segment; a kernel
 * keeps none after it returns. A segment may be larger than the shape asks for. Outputs are overwritten, unless the
 * javadoc says "adds". Inputs and outputs do not overlap, unless the javadoc says they may. Every operation accepts zero
 * rows and then leaves row-shaped outputs alone.
 *
 * <p>Thread rule: a {@link io.witan.kernels.Kernels} is used by one thread at a time; it spreads work over its own
 * workers and returns when all are done. Results depend on shapes, data and thread count only, never on timing.
 *
 * <p>Shape letters: T tokens (rows), D model width, F expert width, E experts, K top-k, V vocabulary, H heads, B
 * sequences, S positions of a sequence (T = B * S).
 */
package io.witan.kernels;
