package io.witan.models.dmoerm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.runtime.data.DataException;
import io.witan.runtime.engine.Ragged;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How pairs become rows of the networks, and batches of the stages. */
class RewardRowsTest {
    private static final List<PreferencePair> PAIRS = TestPairs.generated(12);

    @Test
    void responsesShouldStandPairByPair() {
        TokenRows rows = TokenRows.ofResponses(PAIRS);
        assertThat(rows.rows().sequences()).isEqualTo(2 * PAIRS.size());
        for (int i = 0; i < PAIRS.size(); i++) {
            assertThat(sequence(rows, 2 * i)).isEqualTo(PAIRS.get(i).first());
            assertThat(sequence(rows, 2 * i + 1)).isEqualTo(PAIRS.get(i).second());
        }
    }

    private static int[] sequence(TokenRows rows, int sequence) {
        int begin = rows.rows().begin(sequence);
        return Arrays.copyOfRange(rows.ids(), begin, begin + rows.rows().length(sequence));
    }

    @Test
    void statesOfAResponseShouldLieSideBySide() {
        Ragged responses = TokenRows.ofResponses(PAIRS).rows();
        Category[] categories =
                PAIRS.stream().map(pair -> pair.labels().category()).toArray(Category[]::new);
        CategoryRows rows = CategoryRows.of(responses, categories);
        int seen = 0;
        for (Category category : Category.values()) {
            int at = rows.first()[category.ordinal()];
            for (int pair : rows.pairs()[category.ordinal()]) {
                assertThat(categories[pair]).isEqualTo(category);
                for (int side = 0; side < 2; side++) {
                    for (int p = 0; p < category.pointCount(); p++) {
                        assertThat(rows.rows().points()[at]).isEqualTo(category.firstPoint() + p);
                        assertThat(rows.rows().rows().length(at)).isEqualTo(responses.length(2 * pair + side));
                        int token = rows.rows().rows().begin(at);
                        assertThat(rows.rows().tokens()[token]).isEqualTo(responses.begin(2 * pair + side));
                        at++;
                    }
                }
                seen++;
            }
        }
        assertThat(seen).isEqualTo(PAIRS.size());
    }

    @Test
    void onlyLabelsOfBothOrdersShouldBeTrainedOn() {
        LabelledPoints labels =
                LabelledPoints.of(PAIRS, TokenRows.ofResponses(PAIRS).rows());
        List<Winner> expected = new ArrayList<>();
        for (PreferencePair pair : PAIRS) {
            pair.labels().points().forEach(point -> {
                if (point.inOrder() == point.reversed() && point.inOrder().isDecided()) {
                    expected.add(point.inOrder());
                }
            });
        }
        assertThat(labels.winners()).containsExactlyElementsOf(expected);
        assertThat(new PreferenceBatch(Stage.POINTS, PAIRS).targetCount()).isEqualTo(expected.size());
        assertThat(labels.rows().points()).hasSize(2 * expected.size());
        assertThat(labels.rows().rows().rows()).isEqualTo(new PreferenceBatch(Stage.POINTS, PAIRS).tokenCount());
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void ranksShouldShareABatch(Stage stage) {
        PreferenceBatch batch = new PreferenceBatch(stage, PAIRS);
        List<PreferencePair> together = new ArrayList<>();
        int targets = 0;
        int tokens = 0;
        for (int rank = 0; rank < 5; rank++) {
            PreferenceBatch own = batch.ofRank(rank, 5);
            together.addAll(own.pairs());
            targets += own.targetCount();
            tokens += own.tokenCount();
        }
        assertThat(together).isEqualTo(PAIRS);
        assertThat(targets).isEqualTo(batch.targetCount()).isPositive();
        assertThat(tokens).isEqualTo(batch.tokenCount()).isPositive();
    }

    @Test
    void stagesShouldTakeThePairsOfTheirShare() {
        PairSets sets = PairSets.open(TrainedRewards.tensors().config(), "byte", 64, 5);
        int training = sets.train().size();
        assertThat(sets.base().size()).isBetween((int) (0.55 * training), (int) (0.65 * training));
        assertThat(sets.base()).doesNotContainAnyElementsOf(sets.aggregator());
        assertThat(sets.train())
                .doesNotContainAnyElementsOf(sets.test())
                .doesNotContainAnyElementsOf(sets.validation());
        for (Stage stage : Stage.values()) {
            List<PreferencePair> allowed =
                    switch (stage) {
                        case BASE -> sets.base();
                        case AGGREGATOR -> sets.aggregator();
                        default -> sets.train();
                    };
            StageData data = new StageData(stage, sets, new StageData.Shape(6, 2, 5));
            assertThat(allowed).containsAll(data.train(0, 1).pairs());
            assertThat(data.train(3, 0).pairs())
                    .isEqualTo(data.train(3, 0).pairs())
                    .isNotEqualTo(data.train(2, 0).pairs());
            assertThat(sets.validation()).containsAll(data.validation(0).pairs());
        }
    }

    /** An epoch has each pair once. */
    @Test
    void epochsShouldHaveAllPairs() {
        PairSets sets = PairSets.open(TrainedRewards.tensors().config(), "byte", 64, 5);
        StageData data = new StageData(Stage.BASE, sets, new StageData.Shape(1, 1, 5));
        List<PreferencePair> epoch = new ArrayList<>();
        for (int step = 0; step < sets.base().size(); step++) {
            epoch.addAll(data.train(step, 0).pairs());
        }
        assertThat(epoch).containsExactlyInAnyOrderElementsOf(sets.base());
    }

    @Test
    void aStageWithoutLabelsShouldBeRefused() {
        PairSets sets = PairSets.open(TrainedRewards.tensors().config(), "byte", 64, 5);
        PairSets none = new PairSets(List.of(), List.of(), List.of(), List.of(), sets.vocabularySize(), "nothing");
        assertThatThrownBy(() -> new StageData(Stage.POINTS, none, new StageData.Shape(1, 1, 5)))
                .isInstanceOf(DataException.class)
                .hasMessage("nothing: no pair has a label for phase points");
    }
}
