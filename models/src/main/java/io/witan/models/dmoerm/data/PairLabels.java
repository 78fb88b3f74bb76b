package io.witan.models.dmoerm.data;

import java.util.List;

/**
 * What is known of a pair.
 *
 * @param category of its prompt
 * @param observed the label to train on, with the noise of whoever gave it
 * @param truth the true verdict, {@link Winner#UNKNOWN} for real rows
 * @param votes of the annotators, one each; empty if the source tells only their common verdict
 * @param points [K] labels of the category's points, or none
 */
public record PairLabels(
        Category category, Winner observed, Winner truth, List<Winner> votes, List<PointLabel> points) {
    public PairLabels {
        votes = List.copyOf(votes);
        points = List.copyOf(points);
        if (!points.isEmpty() && points.size() != category.pointCount()) {
            throw new IllegalArgumentException("a pair of category " + category.key() + " has " + category.pointCount()
                    + " points, got labels of " + points.size());
        }
    }

    /** A pair with nothing but a label. */
    public static PairLabels observed(Category category, Winner observed) {
        return new PairLabels(category, observed, Winner.UNKNOWN, List.of(), List.of());
    }

    /** The share of all pairs of annotators whose votes are equal; 1 for fewer than two votes. */
    public double agreement() {
        int pairs = votes.size() * (votes.size() - 1) / 2;
        int equal = 0;
        for (int i = 0; i < votes.size(); i++) {
            for (int j = i + 1; j < votes.size(); j++) {
                equal += votes.get(i) == votes.get(j) ? 1 : 0;
            }
        }
        return pairs == 0 ? 1 : (double) equal / pairs;
    }
}
