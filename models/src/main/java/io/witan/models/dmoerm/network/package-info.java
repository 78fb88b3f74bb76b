/**
 * The networks of the reward model: models that are read at the last token of a sequence, the base model under adapters of capability points, value
 * heads of points, and aggregators.
 *
 * <p>Thread rule: the rank's training thread. Shape letters: T tokens, D model width, n sequences, N repetitions of sequences, K points of a category.
 */
package io.witan.models.dmoerm.network;
