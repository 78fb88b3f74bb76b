/**
 * The reward model of DMoERM (Quan, arXiv 2403.01197): an outer router, a base model with a value head, adapters of the base model for each capability
 * point, and an aggregator for each category; trained in phases ({@link io.witan.models.dmoerm.Stage}), each of which freezes all but its own tensors.
 *
 * <p>Thread rule: the rank's training thread; data, configuration and names of tensors are immutable. Shape letters: T tokens, D model width, n
 * sequences, N repetitions of sequences (one a capability point), K points of a category.
 */
package io.witan.models.dmoerm;
