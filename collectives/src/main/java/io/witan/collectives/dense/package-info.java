/** Internal: how the dense operations are laid out as exchanges. Guarded by the engine's lock. Lengths are in bytes. */
package io.witan.collectives.dense;
