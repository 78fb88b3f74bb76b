package io.witan.models.dmoerm.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.metric.Interval;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairedDifferenceTest {
    private static final int PROMPTS = 50;
    private static final int OF_PROMPT = 4;

    /** So many pairs of each prompt; the first response wins. */
    private static List<PreferencePair> pairs() {
        return IntStream.range(0, PROMPTS * OF_PROMPT)
                .mapToObj(i -> new PreferencePair(
                        PairLabels.observed(Category.CHAT, Winner.FIRST),
                        new int[] {i / OF_PROMPT},
                        new int[] {1},
                        new int[] {2}))
                .toList();
    }

    private static double[] margins(int rightPrompts) {
        return IntStream.range(0, PROMPTS * OF_PROMPT)
                .mapToDouble(i -> i / OF_PROMPT < rightPrompts ? 1 : -1)
                .toArray();
    }

    @Test
    void shouldBeTheDifferenceOfAccuracies() {
        Interval interval = PairedDifference.of(pairs(), margins(40), margins(30), PairLabels::observed);
        assertThat(interval.value()).isCloseTo(0.2, within(1e-12));
        assertThat(interval.low()).isGreaterThan(0).isLessThan(0.2);
        assertThat(interval.high()).isGreaterThan(0.2);
    }

    /** Of prompts, a normal interval has the half width 1.96 sqrt(p (1 - p) / n) with n prompts, not pairs. */
    @Test
    void shouldDrawPromptsAndNotPairs() {
        Interval interval = PairedDifference.of(pairs(), margins(40), margins(30), PairLabels::observed);
        double half = 1.96 * Math.sqrt(0.2 * 0.8 / PROMPTS);
        assertThat((interval.high() - interval.low()) / 2).isCloseTo(half, within(0.2 * half));
    }

    @Test
    void equalModelsShouldNotDiffer() {
        Interval interval = PairedDifference.of(pairs(), margins(25), margins(25), PairLabels::observed);
        assertThat(interval.low()).isZero();
        assertThat(interval.high()).isZero();
    }
}
