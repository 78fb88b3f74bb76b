/**
 * Kinds of models: what a {@link io.witan.models.family.ModelFamily} has to say of itself to be trained by
 * {@link io.witan.models.TrainingRun}, with all that ranks, placement, checkpoints and phases need.
 *
 * <p>Thread rule: a family is used by one rank's training thread.
 */
package io.witan.models.family;
