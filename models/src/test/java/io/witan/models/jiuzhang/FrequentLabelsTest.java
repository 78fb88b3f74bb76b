package io.witan.models.jiuzhang;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class FrequentLabelsTest {
    private static final int[] TRAINED = {7, 7, 7, 7, 7, 7, 3, 3, 9};

    @Test
    void withoutAPowerTheLikeliestIsTold() {
        FrequentLabels labels = new FrequentLabels(TRAINED, 0);
        assertThat(labels.ids()).containsExactly(3, 7, 9);
        assertThat(labels.told(new float[] {1f, 1.1f, 0.9f})).isEqualTo(7);
        assertThat(labels.told(new float[] {1f, 1f, 1f}))
                .as("of equal ones the first")
                .isEqualTo(3);
    }

    @Test
    void aRareLabelIsToldWhereItIsLikelierThanItIsFrequent() {
        float[] shares = {(float) Math.log(2 / 9.0), (float) Math.log(6 / 9.0), (float) Math.log(1 / 9.0)};
        for (int label = 0; label < shares.length; label++) {
            float[] logits = shares.clone();
            logits[label] += 0.01f;
            assertThat(new FrequentLabels(TRAINED, 1).told(logits)).isEqualTo(new int[] {3, 7, 9}[label]);
            assertThat(new FrequentLabels(TRAINED, 0).told(logits)).isEqualTo(7);
        }
        float[] between = {(float) Math.log(Math.sqrt(2 / 9.0)), (float) Math.log(Math.sqrt(6 / 9.0)), -9f};
        between[0] += 0.01f;
        assertThat(new FrequentLabels(TRAINED, 0.5).told(between)).isEqualTo(3);
        assertThat(new FrequentLabels(TRAINED, 0.49).told(between)).isEqualTo(7);
    }

    /** Labels of known frequency behind noise of known size: the power 1 has the best mean over labels, 0 over rows. */
    @Test
    void eachPowerIsBestAtWhatItIsFor() {
        Random random = new Random(5);
        int[] trained = IntStream.range(0, 20_000).map(_ -> draw(random)).toArray();
        double[] rows = new double[2];
        double[] labels = new double[2];
        for (int power = 0; power <= 1; power++) {
            FrequentLabels told = new FrequentLabels(trained, power);
            int[] right = new int[3];
            int[] all = new int[3];
            for (int row = 0; row < 20_000; row++) {
                int truth = draw(random);
                float[] logits = new float[3];
                double[] seen = new double[3];
                IntStream.range(0, 3).forEach(i -> seen[i] = (i == truth ? 1 : 0) + random.nextGaussian());
                // Log posterior of Gaussian classes at unit distance: log prior + seen, up to what all share.
                IntStream.range(0, 3).forEach(i -> logits[i] = (float) (Math.log(SHARES[i]) + seen[i]));
                all[truth]++;
                right[truth] += told.told(logits) == truth ? 1 : 0;
            }
            rows[power] = (double) IntStream.of(right).sum() / IntStream.of(all).sum();
            labels[power] = IntStream.range(0, 3)
                    .mapToDouble(i -> (double) right[i] / all[i])
                    .average()
                    .orElseThrow();
        }
        assertThat(rows[0]).isGreaterThan(rows[1] + 0.02);
        assertThat(labels[1]).isGreaterThan(labels[0] + 0.02);
    }

    private static final double[] SHARES = {0.8, 0.15, 0.05};

    private static int draw(Random random) {
        double at = random.nextDouble();
        return at < SHARES[0] ? 0 : at < SHARES[0] + SHARES[1] ? 1 : 2;
    }
}
