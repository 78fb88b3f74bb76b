/**
 * {@code bench gpu}: times of the CUDA back end by the device's own clock, beside what a copy and a dense product reach on the
 * same device. Every result is checked against plain sums in double before it is timed and after; operands are random numbers.
 *
 * <p>Letters as in {@link io.witan.kernels}; R assignments, the rows in expert order. One thread.
 */
package io.witan.benchmarks.gpu;
