package io.witan.models.dmoerm.data;

/** A pair of responses, as text or as tokens. */
public sealed interface LabelledPair permits TextPair, PreferencePair {
    PairLabels labels();
}
