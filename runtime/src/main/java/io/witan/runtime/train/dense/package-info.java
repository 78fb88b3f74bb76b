/**
 * Sums of dense gradients over ranks beside the backward that makes them: as soon as they are complete
 * ({@code EagerReduction}), or in planned windows of it ({@code PlannedReduction}).
 *
 * <p>Thread rule: the rank's training thread.
 */
package io.witan.runtime.train.dense;
