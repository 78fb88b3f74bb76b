package io.witan.models.dmoerm.measure;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The baseline that does not look at order or prompt: a response's reward is the sum of weights of its tokens, each token with a
 * weight for all categories and one for its own. Fitted to labels by logistic regression on the difference of the two
 * responses' counts, so what both rows have in common, as the query, does not count.
 */
public final class BagOfWords {
    private final int vocabularySize;
    private final double[] weights;

    private BagOfWords(int vocabularySize, double[] weights) {
        this.vocabularySize = vocabularySize;
        this.weights = weights;
    }

    /**
     * @param pairs those whose label names a winner are trained on; at least one
     * @param label which label, as {@code PairLabels::observed}
     * @param vocabularySize V
     * @param l2 factor of the squared weights, above 0
     */
    public static BagOfWords fit(
            List<PreferencePair> pairs, Function<PairLabels, Winner> label, int vocabularySize, double l2) {
        List<int[]> features = new ArrayList<>();
        List<double[]> values = new ArrayList<>();
        for (PreferencePair pair : pairs) {
            Winner winner = label.apply(pair.labels());
            if (winner.isDecided()) {
                Map<Integer, Integer> counts = difference(pair, vocabularySize);
                int sign = winner == Winner.FIRST ? 1 : -1;
                features.add(counts.keySet().stream().mapToInt(i -> i).toArray());
                values.add(counts.values().stream().mapToDouble(c -> sign * c).toArray());
            }
        }
        int featureCount = vocabularySize * (1 + Category.values().length);
        double[] weights = new LogisticRegression(
                        features.toArray(int[][]::new), values.toArray(double[][]::new), featureCount, l2)
                .solve();
        return new BagOfWords(vocabularySize, weights);
    }

    /** Reward of the first response less that of the second. */
    public double margin(PreferencePair pair) {
        double[] sum = {0};
        difference(pair, vocabularySize).forEach((feature, count) -> sum[0] += weights[feature] * count);
        return sum[0];
    }

    /** [pairs] margins. */
    public double[] margins(List<PreferencePair> pairs) {
        return pairs.stream().mapToDouble(this::margin).toArray();
    }

    private static Map<Integer, Integer> difference(PreferencePair pair, int vocabularySize) {
        Map<Integer, Integer> counts = new TreeMap<>();
        count(pair.first(), 1, counts);
        count(pair.second(), -1, counts);
        counts.values().removeIf(count -> count == 0);
        int own = (pair.labels().category().ordinal() + 1) * vocabularySize;
        Map<Integer, Integer> both = new TreeMap<>(counts);
        counts.forEach((token, count) -> both.put(own + token, count));
        return both;
    }

    private static void count(int[] tokens, int sign, Map<Integer, Integer> counts) {
        for (int token : tokens) {
            counts.merge(token, sign, Integer::sum);
        }
    }
}
