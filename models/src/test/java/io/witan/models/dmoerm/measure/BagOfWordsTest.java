package io.witan.models.dmoerm.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BagOfWordsTest {
    private static final int VOCABULARY = 10;

    /** The response with more of token 3 is better, in chat the one with fewer. */
    private static List<PreferencePair> pairs(int count, long seed) {
        Random random = new Random(seed);
        List<PreferencePair> pairs = new ArrayList<>();
        while (pairs.size() < count) {
            int[] first = random.ints(8, 0, VOCABULARY).toArray();
            int[] second = random.ints(8, 0, VOCABULARY).toArray();
            Category category = random.nextBoolean() ? Category.CHAT : Category.ROLE_PLAY;
            Winner most = Winner.byScores(threes(first), threes(second));
            if (most.isDecided()) {
                Winner winner = category == Category.CHAT ? most.swapped() : most;
                pairs.add(new PreferencePair(PairLabels.observed(category, winner), new int[] {9}, first, second));
            }
        }
        return pairs;
    }

    private static int threes(int[] tokens) {
        int count = 0;
        for (int token : tokens) {
            count += token == 3 ? 1 : 0;
        }
        return count;
    }

    @Test
    void learnsWordsAndWhatTheyMeanInACategory() {
        BagOfWords bag = BagOfWords.fit(pairs(1000, 1), PairLabels::observed, VOCABULARY, 1e-3);
        List<PreferencePair> test = pairs(500, 2);
        assertThat(PairAccuracy.of(test, bag.margins(test), PairLabels::observed)
                        .total()
                        .value())
                .isGreaterThan(0.95);
    }

    @Test
    void aMarginChangesItsSignWithThePlaces() {
        BagOfWords bag = BagOfWords.fit(pairs(100, 1), PairLabels::observed, VOCABULARY, 1e-3);
        PreferencePair pair = pairs(1, 3).getFirst();
        PreferencePair exchanged = new PreferencePair(pair.labels(), pair.prompt(), pair.second(), pair.first());
        assertThat(bag.margin(exchanged)).isEqualTo(-bag.margin(pair)).isNotZero();
    }

    /** Three rows for the feature and one against: sigma(w) = 3/4 - l2 w. */
    @Test
    void oneFeatureHasTheSolutionOfItsEquation() {
        int[][] features = {{0}, {0}, {0}, {0}};
        double[][] values = {{1}, {1}, {1}, {-1}};
        double l2 = 0.01;
        double w = new LogisticRegression(features, values, 1, l2).solve()[0];
        assertThat(1 / (1 + Math.exp(-w))).isCloseTo(0.75 - l2 * w, within(1e-6));
        assertThat(new LogisticRegression(features, values, 1, 1e-6).solve()[0]).isCloseTo(Math.log(3), within(1e-4));
    }

    @Test
    void theSolutionHasNoSlope() {
        Random random = new Random(5);
        int[][] features = new int[60][];
        double[][] values = new double[60][];
        for (int i = 0; i < features.length; i++) {
            features[i] = new int[] {random.nextInt(4), 4 + random.nextInt(4)};
            values[i] = new double[] {random.nextGaussian(), random.nextGaussian()};
        }
        double l2 = 1e-2;
        double[] w = new LogisticRegression(features, values, 8, l2).solve();
        for (int j = 0; j < w.length; j++) {
            double step = 1e-5;
            double[] up = w.clone();
            up[j] += step;
            double[] down = w.clone();
            down[j] -= step;
            double slope = (objective(features, values, up, l2) - objective(features, values, down, l2)) / (2 * step);
            assertThat(slope).isCloseTo(0, within(1e-6));
        }
        double[] other = w.clone();
        other[0] += 0.1;
        assertThat(objective(features, values, other, l2)).isGreaterThan(objective(features, values, w, l2));
    }

    private static double objective(int[][] features, double[][] values, double[] w, double l2) {
        double sum = 0;
        for (int i = 0; i < features.length; i++) {
            double score = values[i][0] * w[features[i][0]] + values[i][1] * w[features[i][1]];
            sum += Math.log1p(Math.exp(-score));
        }
        double squares = 0;
        for (double weight : w) {
            squares += weight * weight;
        }
        return sum / features.length + l2 / 2 * squares;
    }

    @Test
    void withoutLabelsThereIsNothingToFit() {
        assertThatThrownBy(() -> BagOfWords.fit(pairs(5, 1), PairLabels::truth, VOCABULARY, 1e-3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("0 rows, l2 0.001; both must be above 0");
    }
}
