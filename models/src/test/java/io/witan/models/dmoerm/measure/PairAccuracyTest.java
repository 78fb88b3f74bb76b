package io.witan.models.dmoerm.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.TextPair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.metric.Proportion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PairAccuracyTest {
    private static TextPair pair(Category category, Winner observed, Winner truth) {
        return new TextPair(new PairLabels(category, observed, truth, List.of(), List.of()), List.of("q"), "a", "b");
    }

    private static final List<TextPair> PAIRS = List.of(
            pair(Category.CHAT, Winner.FIRST, Winner.SECOND),
            pair(Category.CHAT, Winner.SECOND, Winner.SECOND),
            pair(Category.CHAT, Winner.SECOND, Winner.SECOND),
            pair(Category.ROLE_PLAY, Winner.FIRST, Winner.FIRST),
            pair(Category.ROLE_PLAY, Winner.TIE, Winner.UNKNOWN),
            pair(Category.TEXT_CREATION, Winner.FIRST, Winner.FIRST));

    @Test
    void countsPairsInTheOrderOfTheLabels() {
        double[] margins = {2, -1, 3, 0.5, 1, Double.NaN};
        PairAccuracy observed = PairAccuracy.of(PAIRS, margins, PairLabels::observed);
        PairAccuracy truth = PairAccuracy.of(PAIRS, margins, PairLabels::truth);

        assertThat(observed.total()).isEqualTo(new Proportion(3, 5));
        assertThat(observed.byCategory())
                .isEqualTo(Map.of(
                        Category.CHAT, new Proportion(2, 3),
                        Category.ROLE_PLAY, new Proportion(1, 1),
                        Category.TEXT_CREATION, new Proportion(0, 1)));
        assertThat(observed.tied()).isZero();
        assertThat(truth.total()).isEqualTo(new Proportion(2, 5));
        assertThat(truth.byCategory()).containsEntry(Category.CHAT, new Proportion(1, 3));
    }

    @Test
    void equalRewardsOrderNothing() {
        PairAccuracy accuracy = PairAccuracy.of(PAIRS, new double[6], PairLabels::observed);
        assertThat(accuracy.total()).isEqualTo(new Proportion(0, 5));
        assertThat(accuracy.tied()).isEqualTo(5);
    }

    @Test
    void eachPairHasAMargin() {
        assertThatThrownBy(() -> PairAccuracy.of(PAIRS, new double[5], PairLabels::observed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("6 pairs got 5 margins");
    }
}
