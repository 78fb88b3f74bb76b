package io.witan.models.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RankingTest {
    private static Ranking ranking(int... relevant) {
        boolean[] flags = new boolean[relevant.length];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = relevant[i] == 1;
        }
        return new Ranking(flags);
    }

    @Test
    void hitRateAsksForOneOfTheFirst() {
        assertThat(ranking(0, 0, 1, 0).hitRate(3)).isOne();
        assertThat(ranking(0, 0, 0, 1).hitRate(3)).isZero();
        assertThat(ranking(1).hitRate(3)).isOne();
    }

    /** Discounts 1, 1 / log2(3), 1 / 2, 1 / log2(5). */
    @Test
    void ndcgByHand() {
        assertThat(ranking(1, 0, 0).ndcg(3)).isCloseTo(1, within(1e-12));
        assertThat(ranking(0, 1, 0).ndcg(3)).isCloseTo(0.6309297535714575, within(1e-12));
        assertThat(ranking(0, 0, 1).ndcg(3)).isCloseTo(0.5, within(1e-12));
        assertThat(ranking(0, 0, 0, 1).ndcg(3)).isZero();
        // Two are right: the best order would gain 1 + 0.6309.
        assertThat(ranking(0, 1, 1).ndcg(3)).isCloseTo((0.6309297535714575 + 0.5) / 1.6309297535714575, within(1e-12));
        assertThat(ranking(1, 0, 0, 1).ndcg(3)).isCloseTo(1 / 1.6309297535714575, within(1e-12));
        // Only one place: the second right one could not have been there.
        assertThat(ranking(1, 1).ndcg(1)).isCloseTo(1, within(1e-12));
    }

    @Test
    void scoresPutTheBestFirstAndOfEqualOnesTheWrong() {
        assertThat(Ranking.of(new double[] {0.1, 0.9, 0.5}, new boolean[] {false, true, false}))
                .isEqualTo(ranking(1, 0, 0));
        assertThat(Ranking.of(new double[] {2, 2, 2}, new boolean[] {true, false, false}))
                .isEqualTo(ranking(0, 0, 1));
    }

    @Test
    void withoutARightOneThereIsNothingToRank() {
        assertThatThrownBy(() -> ranking(0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
