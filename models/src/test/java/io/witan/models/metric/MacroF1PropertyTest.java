package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MacroF1PropertyTest {
    /** Class 0: TP 1, FP 1, FN 1; class 1: TP 1, FP 0, FN 1; class 2: FP 1. */
    @Example
    void threeClassesByHand() {
        double f1 = MacroF1.of(new int[] {0, 0, 1, 1}, new int[] {0, 2, 0, 1});
        assertThat(f1).isCloseTo((0.5 + 2.0 / 3 + 0) / 3, within(1e-12));
    }

    @Example
    void whatSaysTheSameOfAllHasOneClassOfSome() {
        assertThat(MacroF1.of(new int[] {4, 4, 5, 6}, new int[] {4, 4, 4, 4}))
                .isCloseTo(2 * 0.5 * 1 / 1.5 / 3, within(1e-12));
        assertThat(MacroF1.of(new int[] {1, 2}, new int[] {1, 2})).isEqualTo(1);
    }

    @Property(tries = 100)
    void itIsTheMeanOfPrecisionAndRecallOfEachClass(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 60) int rows,
            @ForAll @IntRange(min = 1, max = 6) int classes) {
        Random random = new Random(seed);
        int[] truth = random.ints(rows, 0, classes).toArray();
        int[] told = random.ints(rows, 0, classes).toArray();
        List<Double> all = new ArrayList<>();
        for (int name = 0; name < classes; name++) {
            double hits = 0;
            double true1 = 0;
            double told1 = 0;
            for (int i = 0; i < rows; i++) {
                hits += truth[i] == name && told[i] == name ? 1 : 0;
                true1 += truth[i] == name ? 1 : 0;
                told1 += told[i] == name ? 1 : 0;
            }
            if (true1 + told1 > 0) {
                double precision = told1 == 0 ? 0 : hits / told1;
                double recall = true1 == 0 ? 0 : hits / true1;
                all.add(precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
            }
        }
        double mean = all.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        assertThat(MacroF1.of(truth, told)).isCloseTo(mean, within(1e-12));
        Interval interval = MacroF1.interval(truth, told, new Bootstrap(50, seed));
        assertThat(interval.value()).isCloseTo(mean, within(1e-12));
        assertThat(interval.low()).isLessThanOrEqualTo(interval.high());
    }

    @Example
    void theMajorityIsTheMostFrequentClassOfTraining() {
        assertThat(MajorityClass.of(new int[] {3, 1, 1, 3, 2})).isEqualTo(1);
        assertThat(MajorityClass.told(new int[] {5, 5, 1}, 3)).containsExactly(5, 5, 5);
    }
}
