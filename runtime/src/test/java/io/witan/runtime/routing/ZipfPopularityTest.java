package io.witan.runtime.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ZipfPopularityTest {
    private static ZipfPopularity popularity(String skew, int experts, int topK, long seed) {
        return new ZipfPopularity(ForcedSkew.parse(skew), experts, topK, seed);
    }

    /** By hand: weights 1, 0.3536, 0.1925, ... of which the first is cut to 1 and the others share the second choice. */
    @Test
    void eightExpertsTopTwo() {
        double[] inclusion = popularity("zipf:1.5,order=aligned", 8, 2, 1).inclusion(1, 0);

        assertThat(inclusion)
                .containsExactly(
                        new double[] {1, 0.38132, 0.20756, 0.13482, 0.09647, 0.07339, 0.05824, 0.04767}, within(5e-4));
        assertThat(inclusion[0] + inclusion[1] + inclusion[2] + inclusion[3]).isCloseTo(1.7237, within(1e-3));
    }

    @Test
    void alignedLayersAreAlikeAndShuffledOnesDiffer() {
        ZipfPopularity aligned = popularity("zipf:1,order=aligned", 16, 2, 7);
        ZipfPopularity shuffled = popularity("zipf:1", 16, 2, 7);

        assertThat(aligned.inclusion(5, 3)).isEqualTo(aligned.inclusion(1, 0));
        assertThat(shuffled.inclusion(1, 0)).isNotEqualTo(shuffled.inclusion(1, 1));
        assertThat(shuffled.inclusion(9, 1)).isEqualTo(shuffled.inclusion(1, 1));
        assertThat(shuffled.inclusion(1, 0))
                .isNotEqualTo(popularity("zipf:1", 16, 2, 8).inclusion(1, 0));
    }

    @Test
    void aQuarterOfDriftIsInTheMiddleAfterTwoStepsAndElsewhereAfterFour() {
        ZipfPopularity popularity = popularity("zipf:1,drift=0.25,order=aligned", 8, 1, 3);
        double[] begin = popularity.inclusion(1, 0);
        double[] middle = popularity.inclusion(3, 0);
        double[] end = popularity.inclusion(5, 0);

        assertThat(begin).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(end).isNotEqualTo(begin);
        double[] sorted = end.clone();
        Arrays.sort(sorted);
        double[] sortedBegin = begin.clone();
        Arrays.sort(sortedBegin);
        assertThat(sorted).containsExactly(sortedBegin, within(1e-12));
        for (int e = 0; e < 8; e++) {
            assertThat(middle[e]).isCloseTo((begin[e] + end[e]) / 2, within(1e-12));
        }
    }
}
