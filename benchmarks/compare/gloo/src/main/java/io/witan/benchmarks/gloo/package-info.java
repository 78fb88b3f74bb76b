/**
 * The rival of {@code bin/witan bench collectives} over Gloo's TCP transport: the same lines, timed and checked the same way.
 * A process a rank, one thread in each beside Gloo's own. Sizes are bytes or floats as the names say, times nanoseconds.
 */
package io.witan.benchmarks.gloo;
