package io.witan.runtime.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class DrawnChoicePropertyTest {
    private static final int TOKENS = 4000;

    /** By bisection on the factor, which knows nothing of how the popularity is computed. */
    private static double[] expected(double exponent, int experts, int topK) {
        double low = 0;
        double high = Math.pow(experts, exponent) * topK + 1;
        for (int i = 0; i < 200; i++) {
            double middle = (low + high) / 2;
            if (sum(scaled(exponent, experts, middle)) < topK) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return scaled(exponent, experts, high);
    }

    private static double[] scaled(double exponent, int experts, double factor) {
        double[] values = new double[experts];
        Arrays.setAll(values, r -> Math.min(1, factor * Math.pow(r + 1, -exponent)));
        return values;
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }

    @Property(tries = 200)
    void popularityIsZipfCutAtOneExpertAToken(
            @ForAll @DoubleRange(min = 0, max = 8) double exponent,
            @ForAll @IntRange(min = 1, max = 40) int experts,
            @ForAll @IntRange(min = 1, max = 4) int wanted,
            @ForAll long seed,
            @ForAll @IntRange(max = 5) int layer) {
        int topK = Math.min(wanted, experts);
        ForcedSkew skew = new ForcedSkew(exponent, 0, ForcedSkew.Order.SHUFFLED);
        double[] actual = new ZipfPopularity(skew, experts, topK, seed).inclusion(1, layer);

        assertThat(sum(actual)).isCloseTo(topK, within(1e-9));
        Arrays.sort(actual);
        double[] falling = new double[experts];
        Arrays.setAll(falling, r -> actual[experts - 1 - r]);
        assertThat(falling).containsExactly(expected(exponent, experts, topK), within(1e-6));
    }

    @Property(tries = 60)
    void countsFollowThePopularity(
            @ForAll @DoubleRange(min = 0, max = 3) double exponent,
            @ForAll @IntRange(min = 1, max = 32) int experts,
            @ForAll @IntRange(min = 1, max = 4) int wanted,
            @ForAll @LongRange(min = 1, max = 1000) long step,
            @ForAll @LongRange(min = 0, max = 99) long seed) {
        int topK = Math.min(wanted, experts);
        ZipfPopularity popularity =
                new ZipfPopularity(new ForcedSkew(exponent, 0.3, ForcedSkew.Order.SHUFFLED), experts, topK, seed);
        DrawnChoice choice = new DrawnChoice(popularity, 3, seed);
        double[] probability = popularity.inclusion(step, 3);
        int[] count = new int[experts];
        int[] chosen = new int[topK];
        for (int t = 0; t < TOKENS; t++) {
            choice.choose(step, t, chosen);
            assertThat(Arrays.stream(chosen).distinct().count()).isEqualTo(topK);
            for (int e : chosen) {
                count[e]++;
            }
        }
        // Each count is binomial: five deviations fail once in two million.
        for (int e = 0; e < experts; e++) {
            double p = probability[e];
            double deviation = Math.sqrt(TOKENS * p * Math.max(0, 1 - p));
            assertThat((double) count[e]).as("expert %d", e).isCloseTo(TOKENS * p, within(5 * deviation + 1));
        }
    }

    /** What a token gets depends on step, layer and its number alone, in whatever order ranks ask. */
    @Property(tries = 50)
    void drawsDoNotDependOnWhoAsksWhen(@ForAll long seed, @ForAll @IntRange(min = 1, max = 100) int step) {
        ZipfPopularity popularity = new ZipfPopularity(new ForcedSkew(1.5, 0.1, ForcedSkew.Order.SHUFFLED), 8, 2, seed);
        DrawnChoice whole = new DrawnChoice(popularity, 1, seed);
        DrawnChoice late = new DrawnChoice(popularity, 1, seed);
        int[] expected = new int[2];
        int[] actual = new int[2];
        late.choose(step + 7, 0, actual);
        for (int t = 99; t >= 0; t--) {
            late.choose(step, t, actual);
            whole.choose(step, t, expected);
            assertThat(actual).isEqualTo(expected);
        }
    }

    @Property(tries = 100)
    void driftMovesAtMostItsShareAStepAndArrivesAtANewOrder(
            @ForAll @DoubleRange(min = 0.01, max = 1) double drift,
            @ForAll @LongRange(min = 1, max = 100_000) long step,
            @ForAll long seed) {
        ZipfPopularity popularity =
                new ZipfPopularity(new ForcedSkew(1.2, drift, ForcedSkew.Order.SHUFFLED), 16, 2, seed);
        double[] now = popularity.inclusion(step, 0);
        double[] next = popularity.inclusion(step + 1, 0);
        double moved = 0;
        for (int e = 0; e < now.length; e++) {
            moved += Math.abs(next[e] - now[e]) / 2 / 2;
        }
        assertThat(moved).isLessThanOrEqualTo(drift + 1e-9);
        assertThat(sum(next)).isCloseTo(2, within(1e-9));
    }
}
