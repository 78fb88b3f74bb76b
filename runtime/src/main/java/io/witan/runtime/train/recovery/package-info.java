/**
 * How ranks go on from what the ranks of an earlier start left in their vaults, as many as they were or not. Who has what is exchanged
 * first, then every rank decides alike.
 *
 * <p>Thread rule: the rank's training thread; all ranks call the same together.
 */
package io.witan.runtime.train.recovery;
