package io.witan.models.dmoerm.data;

import java.util.ArrayList;
import java.util.List;

/** Keeps the labels of a capability point on which the order of presentation had no influence. */
public final class PositionFilter {
    private PositionFilter() {}

    /**
     * Pairs to train a point's expert on.
     *
     * @param pairs those whose label has the same winner in both orders
     * @param winners theirs, in the same order
     * @param tied labels that were dropped because both orders gave a tie
     * @param inconsistent labels that were dropped because the orders gave different verdicts
     */
    public record Filtered<P extends LabelledPair>(List<P> pairs, List<Winner> winners, int tied, int inconsistent) {
        public Filtered {
            pairs = List.copyOf(pairs);
            winners = List.copyOf(winners);
        }
    }

    /**
     * @param pairs of any category; those of others are passed over, as are pairs without labels of points
     * @param point from 0, below K of the category
     */
    public static <P extends LabelledPair> Filtered<P> keep(List<P> pairs, Category category, int point) {
        if (point < 0 || point >= category.pointCount()) {
            throw new IllegalArgumentException(
                    "point " + point + " of category " + category.key() + ", which has " + category.pointCount());
        }
        List<P> kept = new ArrayList<>();
        List<Winner> winners = new ArrayList<>();
        int tied = 0;
        int inconsistent = 0;
        for (P pair : pairs) {
            PairLabels labels = pair.labels();
            if (labels.category() != category || labels.points().isEmpty()) {
                continue;
            }
            PointLabel label = labels.points().get(point);
            if (label.agreed().isDecided()) {
                kept.add(pair);
                winners.add(label.agreed());
            } else if (label.inOrder() == label.reversed()) {
                tied++;
            } else {
                inconsistent++;
            }
        }
        return new Filtered<>(kept, winners, tied, inconsistent);
    }
}
