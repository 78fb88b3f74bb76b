package io.witan.benchmarks.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairedRatioTest {
    @Test
    void ratiosAreTakenInPairsBeforeTheirMedian() {
        // The ratio of the medians would be 20 / 30.
        PairedRatio ratio = PairedRatio.of(Map.of(1, 20.0, 2, 10.0, 3, 30.0), Map.of(1, 10.0, 2, 40.0, 3, 30.0));
        assertThat(ratio.pairs()).isEqualTo(3);
        assertThat(ratio.median()).isEqualTo(1);
        assertThat(ratio.least()).isEqualTo(0.25);
        assertThat(ratio.most()).isEqualTo(2);
        assertThat(ratio.hasInterval()).isFalse();
    }

    @Test
    void pairsThatOneSideLacksDoNotCount() {
        assertThat(PairedRatio.of(Map.of(1, 3.0, 2, 8.0), Map.of(2, 2.0, 7, 1.0))
                        .median())
                .isEqualTo(4);
        assertThat(PairedRatio.of(Map.of(1, 3.0), Map.of(2, 2.0))).isNull();
    }

    @Test
    void theMedianOfAnEvenNumberLiesBetween() {
        assertThat(PairedRatio.medianOf(4, 1, 2, 9)).isEqualTo(3);
        assertThat(PairedRatio.medianOf()).isNaN();
    }

    /** From tables of the binomial distribution with p = 1/2. */
    @ParameterizedTest
    @CsvSource({"1,-1", "5,-1", "6,0", "8,0", "9,1", "11,1", "12,2", "15,3", "20,5", "40,13"})
    void theIntervalLeavesOutWhatTheSignTestAllows(int pairs, int cut) {
        assertThat(PairedRatio.cut(pairs)).isEqualTo(cut);
    }

    @Test
    void theIntervalHoldsTheMedianNineteenTimesInTwenty() {
        SplittableRandom random = new SplittableRandom(42);
        int held = 0;
        int trials = 20_000;
        for (int trial = 0; trial < trials; trial++) {
            Map<Integer, Double> over = new TreeMap<>();
            Map<Integer, Double> under = new TreeMap<>();
            for (int pair = 0; pair < 9; pair++) {
                // Skewed, median 1.
                over.put(pair, Math.exp(random.nextDouble() < 0.5 ? -random.nextDouble() : 5 * random.nextDouble()));
                under.put(pair, 1.0);
            }
            PairedRatio ratio = PairedRatio.of(over, under);
            held += ratio.low() <= 1 && 1 <= ratio.high() ? 1 : 0;
        }
        // 1 - 2 (1 + 9) / 2^9
        assertThat(held / (double) trials).isCloseTo(0.961, within(0.01));
    }
}
