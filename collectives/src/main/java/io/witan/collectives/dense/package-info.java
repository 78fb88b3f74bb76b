/** Internal: how the dense operations are laid out as exchanges. Pure functions, any thread. Lengths are in bytes, sums fp32. */
package io.witan.collectives.dense;
