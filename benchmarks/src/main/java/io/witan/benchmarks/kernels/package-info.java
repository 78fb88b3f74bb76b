/**
 * {@code bench kernels}: the experts' arithmetic beside a plain matrix product, and what only moves memory beside a copy, in
 * turns in one run. Every result is checked before it is timed.
 */
package io.witan.benchmarks.kernels;
