package io.witan.models.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the formula written plainly over whole arrays, and cases by hand. */
class CompetitionBalancingTest {
    private static final int COUNT = 3000;

    /** From 0 for the least to 1 for the largest. */
    private static double[] norm(double[] values) {
        double least = Arrays.stream(values).min().orElseThrow();
        double largest = Arrays.stream(values).max().orElseThrow();
        return Arrays.stream(values)
                .map(value -> largest == least ? 0 : (value - least) / (largest - least))
                .toArray();
    }

    private static double[] softmax(double[] values) {
        double sum = Arrays.stream(values).map(Math::exp).sum();
        return Arrays.stream(values).map(value -> Math.exp(value) / sum).toArray();
    }

    private static double[] product(float[] one, float[] other) {
        return IntStream.range(0, one.length)
                .mapToDouble(i -> (double) one[i] * other[i])
                .toArray();
    }

    private static double[] plainScores(ArrayVectors of, int task) {
        float[] own = of.vectors()[task];
        double[] self = norm(product(own, own));
        double[] within =
                softmax(Arrays.stream(self).map(value -> of.models() * value).toArray());
        double[] across = new double[own.length];
        for (float[] other : of.vectors()) {
            double[] shares = softmax(norm(product(own, other)));
            Arrays.setAll(across, i -> across[i] + shares[i]);
        }
        return IntStream.range(0, own.length)
                .mapToDouble(i -> within[i] * across[i])
                .toArray();
    }

    private static double[] plain(ArrayVectors of, double keep, double scale) {
        int count = of.base().length;
        double[] sum = new double[count];
        double[] total = new double[count];
        for (int task = 0; task < of.models(); task++) {
            double[] scores = plainScores(of, task);
            double[] sorted = scores.clone();
            Arrays.sort(sorted);
            double least = sorted[count - (int) Math.max(1, Math.ceil(keep * count))];
            for (int i = 0; i < count; i++) {
                // What differs by rounding alone is as high.
                if (scores[i] >= least * (1 - 1e-12)) {
                    sum[i] += scores[i] * of.vectors()[task][i];
                    total[i] += scores[i];
                }
            }
        }
        return IntStream.range(0, count)
                .mapToDouble(i -> of.base()[i] + (total[i] == 0 ? 0 : scale * sum[i] / total[i]))
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({"1, 0.2", "2, 0.2", "3, 0.01", "5, 0.5", "3, 1", "2, 0.00001"})
    void whatScoresHighestIsAveragedByScore(int models, double keep) {
        ArrayVectors of = ArrayVectors.random(COUNT, models, 50 + models);
        float[] merged = of.merged(new CompetitionBalancing(keep, 1.5));
        double[] expected = plain(of, keep, 1.5);
        int changed = 0;
        for (int i = 0; i < COUNT; i++) {
            assertThat((double) merged[i]).as("place %d", i).isCloseTo(expected[i], within(1e-6));
            changed += merged[i] == of.base()[i] ? 0 : 1;
        }
        assertThat(changed).isBetween(1, COUNT - 1);
    }

    /** A single task competes with itself alone: its values of largest magnitude stay as they are. */
    @Test
    void oneTaskKeepsItsLargestValues() {
        ArrayVectors of = new ArrayVectors(new float[] {1, 1, 1, 1, 1}, new float[][] {{0.5f, -4, 0, 2, -1}});
        assertThat(of.merged(new CompetitionBalancing(0.4, 1))).containsExactly(1, -3, 1, 3, 1);
        assertThat(of.merged(new CompetitionBalancing(0.4, 0.5))).containsExactly(1, -1, 1, 2, 1);
    }

    /** Of places with the same magnitudes, those where tasks agree win. */
    @Test
    void agreementScoresHigherThanConflict() {
        ArrayVectors of = new ArrayVectors(new float[4], new float[][] {{2, 2, -2, 2}, {2, -2, -2, -2}});
        assertThat(of.merged(new CompetitionBalancing(0.5, 1))).containsExactly(2, 0, -2, 0);
    }

    /** By hand: all norms are 0 or 1. What both softmaxes divide by cancels, e^2 + 1 and e + 1. */
    @Test
    void ofTwoTasksTheOneThatNeedsAPlaceWeighsMore() {
        ArrayVectors of = new ArrayVectors(new float[2], new float[][] {{3, 0}, {0.5f, 1}});
        float[] merged = of.merged(new CompetitionBalancing(1, 1));
        double e = Math.E;
        double first = e * e * (e + e);
        double second = 1 + e;
        assertThat((double) merged[0]).isCloseTo((first * 3 + second * 0.5) / (first + second), within(1e-6));
        first = 1 + 1;
        second = e * e * (e + 1);
        assertThat((double) merged[1]).isCloseTo((first * 0 + second * 1) / (first + second), within(1e-6));
    }

    /** Squares of these pass the largest float, and a model that is the base has products of one value alone. */
    @Test
    void nothingOverflowsAndAnEqualModelCounts() {
        ArrayVectors of = new ArrayVectors(new float[3], new float[][] {{3e38f, -1e-38f, 1e30f}, {0, 0, 0}});
        float[] merged = of.merged(new CompetitionBalancing(1, 1));
        for (float value : merged) {
            assertThat(value).isFinite();
        }
        double[] expected = plain(of, 1, 1);
        assertThat(merged[0] / expected[0]).isCloseTo(1, within(1e-6));
    }

    @Test
    void aShareThatIsNoneIsRefused() {
        for (double keep : new double[] {0, -1, 1.1, Double.NaN}) {
            assertThatThrownBy(() -> new CompetitionBalancing(keep, 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
