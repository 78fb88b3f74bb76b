/**
 * Dense layers of a transformer, forward and backward, built on the kernels. A layer keeps parameters, not activations:
 * forward returns or fills what backward needs, in the step arena.
 *
 * <p>Thread rule: the rank's training thread. Shape letters: T tokens, D model width, V vocabulary.
 */
package io.witan.runtime.layer;
