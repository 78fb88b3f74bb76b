package io.witan.models.dmoerm.measure;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.LabelledPair;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.metric.Proportion;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The share of pairs that rewards order as labels do.
 *
 * @param total of all pairs
 * @param byCategory of each category that has pairs
 * @param tied pairs of equal rewards; they count as not ordered as labelled
 */
public record PairAccuracy(Proportion total, Map<Category, Proportion> byCategory, int tied) {
    public PairAccuracy {
        byCategory = Collections.unmodifiableMap(new EnumMap<>(byCategory));
    }

    /**
     * Pairs whose label names no winner are left out. A reward that is not a number orders nothing.
     *
     * @param margins [pairs] reward of the first response less that of the second
     * @param label which label counts: {@code PairLabels::truth} or {@code PairLabels::observed}
     */
    public static PairAccuracy of(
            List<? extends LabelledPair> pairs, double[] margins, Function<PairLabels, Winner> label) {
        if (pairs.size() != margins.length) {
            throw new IllegalArgumentException(pairs.size() + " pairs got " + margins.length + " margins");
        }
        int[] hits = new int[Category.values().length];
        int[] rows = new int[hits.length];
        int tied = 0;
        for (int i = 0; i < margins.length; i++) {
            PairLabels labels = pairs.get(i).labels();
            Winner winner = label.apply(labels);
            if (winner.isDecided()) {
                int category = labels.category().ordinal();
                rows[category]++;
                tied += margins[i] == 0 ? 1 : 0;
                hits[category] += winner.margin(margins[i]) > 0 ? 1 : 0;
            }
        }
        return of(hits, rows, tied);
    }

    private static PairAccuracy of(int[] hits, int[] rows, int tied) {
        Map<Category, Proportion> byCategory = new EnumMap<>(Category.class);
        int allHits = 0;
        int allRows = 0;
        for (Category category : Category.values()) {
            int at = category.ordinal();
            if (rows[at] > 0) {
                byCategory.put(category, new Proportion(hits[at], rows[at]));
            }
            allHits += hits[at];
            allRows += rows[at];
        }
        return new PairAccuracy(new Proportion(allHits, allRows), byCategory, tied);
    }
}
