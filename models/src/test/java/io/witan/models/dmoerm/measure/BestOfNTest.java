package io.witan.models.dmoerm.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BestOfNTest {
    /** Three models and three responses: each ensemble chooses another. */
    private static final double[][] REWARDS = {
        {9, 4.0, 3},
        {0, 4.5, 3},
        {6, 3.0, 3},
    };

    @Test
    void ensemblesCombineByTheirFormulas() {
        assertThat(RewardEnsemble.mean().of(1, 2, 6)).isEqualTo(3);
        assertThat(RewardEnsemble.worstCase().of(1, 2, 6)).isEqualTo(1);
        assertThat(RewardEnsemble.uncertaintyWeighted(0.5).of(1, 2, 6)).isCloseTo(3 - 7 / 3.0, within(1e-12));
        assertThat(RewardEnsemble.uncertaintyWeighted(0).of(1, 2, 6)).isEqualTo(3);
        assertThat(RewardEnsemble.uncertaintyWeighted(9).of(4)).isEqualTo(4);
        assertThatThrownBy(() -> RewardEnsemble.uncertaintyWeighted(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("lambda is at least 0, got -1.0");
    }

    @Test
    void ensemblesChooseByThem() {
        assertThat(RewardEnsemble.mean().ofAll(REWARDS)[0]).isEqualTo(5);
        assertThat(BestOfN.choice(RewardEnsemble.mean().ofAll(REWARDS))).isZero();
        assertThat(RewardEnsemble.worstCase().ofAll(REWARDS)).containsExactly(0, 3, 3);
        assertThat(BestOfN.choice(RewardEnsemble.worstCase().ofAll(REWARDS))).isEqualTo(1);
        assertThat(BestOfN.choice(RewardEnsemble.uncertaintyWeighted(0.5).ofAll(REWARDS)))
                .isEqualTo(1);
        assertThat(BestOfN.choice(RewardEnsemble.uncertaintyWeighted(5).ofAll(REWARDS)))
                .isEqualTo(2);
    }

    /** All subsets of n of 6, two rewards of which are equal. */
    @Test
    void theExpectedScoreIsTheMeanOverAllSubsets() {
        double[] rewards = {0.3, 2, -1, 2, 0.5, 7};
        double[] scores = {0.1, 0.9, 0.4, 0.2, 0.8, 0.3};
        for (int n = 1; n <= rewards.length; n++) {
            double sum = 0;
            int subsets = 0;
            for (int mask = 0; mask < 1 << rewards.length; mask++) {
                if (Integer.bitCount(mask) == n) {
                    int best = -1;
                    for (int i = 0; i < rewards.length; i++) {
                        if ((mask >> i & 1) == 1 && (best < 0 || rewards[i] > rewards[best])) {
                            best = i;
                        }
                    }
                    sum += scores[best];
                    subsets++;
                }
            }
            assertThat(BestOfN.expectedScore(rewards, scores, n)).isCloseTo(sum / subsets, within(1e-12));
        }
        assertThatThrownBy(() -> BestOfN.expectedScore(rewards, scores, 7))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("best of 7 of 6 rewards and 6 scores");
    }

    @Test
    void divergenceGrowsWithN() {
        assertThat(BestOfN.divergence(1)).isZero();
        assertThat(BestOfN.divergence(4)).isCloseTo(Math.log(4) - 0.75, within(1e-12));
    }
}
