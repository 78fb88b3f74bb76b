package io.witan.models.dmoerm.data;

/**
 * A pair as token rows, made by a {@link PairEncoder}. Each row ends in a separator, where a model reads its result. The
 * arrays are the caller's to read, not to change.
 *
 * @param prompt [P] the user's turns, for the router
 * @param first [at most the encoder's limit] last query and first response, for a reward model
 * @param second likewise
 */
public record PreferencePair(PairLabels labels, int[] prompt, int[] first, int[] second) implements LabelledPair {}
