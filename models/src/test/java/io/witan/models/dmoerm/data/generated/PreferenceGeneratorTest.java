package io.witan.models.dmoerm.data.generated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.dmoerm.data.Category;
import io.witan.models.dmoerm.data.PairEncoder;
import io.witan.models.dmoerm.data.PairLabels;
import io.witan.models.dmoerm.data.PositionFilter;
import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.models.dmoerm.data.TextPair;
import io.witan.models.dmoerm.data.Winner;
import io.witan.models.dmoerm.measure.BagOfWords;
import io.witan.models.dmoerm.measure.PairAccuracy;
import io.witan.runtime.data.DataException;
import io.witan.runtime.text.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PreferenceGeneratorTest {
    private static final PreferenceGenerator GENERATOR = new PreferenceGenerator(7, LabelNoise.STANDARD);
    private static final List<TextPair> PAIRS = GENERATOR.pairs(12000);

    private static double share(Function<TextPair, Boolean> property) {
        return (double) PAIRS.stream().filter(property::apply).count() / PAIRS.size();
    }

    @Test
    void whoReadsTheTruthIsAlwaysRightAndThreeTimesInFourByTheLabels() {
        assertThat(share(pair -> ReadingOracle.winner(pair) == pair.labels().truth()))
                .isEqualTo(1);
        assertThat(share(pair -> ReadingOracle.winner(pair) == pair.labels().observed()))
                .isCloseTo(0.75, within(0.015));
    }

    @Test
    void truthsOfPointsAreThoseOfTheTexts() {
        for (TextPair pair : PAIRS.subList(0, 3000)) {
            for (int point = 0; point < pair.labels().points().size(); point++) {
                assertThat(pair.labels().points().get(point).truth())
                        .as("point %d of %s", point, pair)
                        .isEqualTo(ReadingOracle.winner(pair, point));
            }
        }
    }

    @Test
    void theOracleSeesWhenResponsesAreExchanged() {
        TextPair pair = PAIRS.getFirst();
        TextPair exchanged = new TextPair(pair.labels(), pair.queries(), pair.second(), pair.first());
        assertThat(ReadingOracle.winner(exchanged))
                .isEqualTo(pair.labels().truth().swapped());
    }

    @Test
    void seedAndNumberSayAll() {
        assertThat(new PreferenceGenerator(7, LabelNoise.STANDARD).pair(4321)).isEqualTo(PAIRS.get(4321));
        assertThat(new PreferenceGenerator(8, LabelNoise.STANDARD).pair(4321)).isNotEqualTo(PAIRS.get(4321));
        Set<String> texts = new HashSet<>();
        PAIRS.forEach(pair -> texts.add(pair.query() + "|" + pair.first() + "|" + pair.second()));
        assertThat(texts).hasSize(PAIRS.size());
    }

    @Test
    void noiseChangesLabelsAndNothingElse() {
        PreferenceGenerator clean = new PreferenceGenerator(7, LabelNoise.NONE);
        for (int i = 0; i < 500; i++) {
            TextPair noisy = PAIRS.get(i);
            TextPair pair = clean.pair(i);
            assertThat(List.of(pair.query(), pair.first(), pair.second()))
                    .isEqualTo(List.of(noisy.query(), noisy.first(), noisy.second()));
            assertThat(pair.labels().truth()).isEqualTo(noisy.labels().truth());
            assertThat(pair.labels().observed()).isEqualTo(pair.labels().truth());
            assertThat(pair.labels().points()).allMatch(label -> label.inOrder() == label.truth());
            assertThat(pair.labels().points()).allMatch(label -> label.reversed() == label.truth());
        }
    }

    @Test
    void categoriesAndWinnersAreEven() {
        Map<Category, Long> counts = PAIRS.stream()
                .collect(Collectors.groupingBy(pair -> pair.labels().category(), Collectors.counting()));
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(2200L, 2600L));
        assertThat(share(pair -> pair.labels().truth() == Winner.FIRST)).isCloseTo(0.5, within(0.02));
    }

    @Test
    void rowsAndVocabularyAreSmallAndWordsComeBack() {
        Tokenizer tokenizer = PreferenceGenerator.tokenizer();
        PairEncoder encoder = new PairEncoder(tokenizer, 47);
        assertThat(tokenizer.vocabularySize()).isLessThan(300);
        for (TextPair pair : PAIRS.subList(0, 3000)) {
            PreferencePair rows = encoder.encode(pair);
            assertThat(tokenizer.decode(rows.first())).isEqualTo(pair.query() + " " + pair.first());
            assertThat(tokenizer.decode(rows.second())).isEqualTo(pair.query() + " " + pair.second());
            assertThat(tokenizer.decode(rows.prompt())).isEqualTo(pair.query());
        }
    }

    @Test
    void aWordThatIsNotOfTheLanguageIsRefused() {
        assertThatThrownBy(() -> PreferenceGenerator.tokenizer().encode("act as zorro"))
                .isInstanceOf(DataException.class)
                .hasMessageStartingWith("\"zorro\" is no word of the generated language, which has ");
    }

    /** True labels to train on, and weights for each category: what a bag of words can do at best. */
    @Test
    void aBagOfWordsStaysNearChance() {
        PairEncoder encoder = new PairEncoder(PreferenceGenerator.tokenizer(), 47);
        List<PreferencePair> rows = encoder.encode(PAIRS);
        List<PreferencePair> test = rows.subList(8000, 12000);
        BagOfWords bag = BagOfWords.fit(rows.subList(0, 8000), PairLabels::truth, encoder.vocabularySize(), 1e-3);

        PairAccuracy accuracy = PairAccuracy.of(test, bag.margins(test), PairLabels::truth);

        double guessed = accuracy.total().hits() + accuracy.tied() / 2.0;
        assertThat(guessed / test.size()).isBetween(0.47, 0.53);
        assertThat(accuracy.tied()).isLessThan(test.size() / 5);
        assertThat(accuracy.byCategory()).hasSize(5);
    }

    @Test
    void theFilterTakesOutWhatPresentationDecided() {
        int right = 0;
        int kept = 0;
        int rightInOrder = 0;
        int decided = 0;
        for (Category category : Category.values()) {
            for (int point = 0; point < category.pointCount(); point++) {
                int at = point;
                PositionFilter.Filtered<TextPair> filtered = PositionFilter.keep(PAIRS, category, point);
                long all = PAIRS.stream()
                        .filter(pair -> pair.labels().category() == category)
                        .count();
                assertThat(filtered.pairs().size() + filtered.tied() + filtered.inconsistent())
                        .isEqualTo((int) all);
                for (int i = 0; i < filtered.pairs().size(); i++) {
                    Winner truth =
                            filtered.pairs().get(i).labels().points().get(point).truth();
                    kept++;
                    right += filtered.winners().get(i) == truth ? 1 : 0;
                }
                for (TextPair pair : PAIRS) {
                    if (pair.labels().category() == category
                            && pair.labels().points().get(at).inOrder().isDecided()) {
                        decided++;
                        rightInOrder += pair.labels().points().get(at).inOrder()
                                        == pair.labels().points().get(at).truth()
                                ? 1
                                : 0;
                    }
                }
            }
        }
        assertThat((double) right / kept).isGreaterThan(0.94);
        assertThat((double) rightInOrder / decided).isLessThan(0.7);
    }

    @Test
    void candidatesHaveTheScoresThatTheirTextsSay() {
        for (int index = 0; index < 200; index++) {
            Candidates candidates = GENERATOR.candidates(index, 8);
            assertThat(candidates.responses()).hasSize(8);
            assertThat(candidates.scores()).allMatch(score -> score >= 0 && score <= 1);
            for (int i = 0; i < 8; i++) {
                for (int j = 0; j < 8; j++) {
                    Winner byText = Winner.byScores(score(candidates, i), score(candidates, j));
                    assertThat(Winner.byScores(
                                    candidates.scores().get(i),
                                    candidates.scores().get(j)))
                            .isEqualTo(byText);
                }
            }
        }
    }

    private static int score(Candidates candidates, int response) {
        return ReadingOracle.score(
                candidates.category(),
                candidates.query(),
                candidates.responses().get(response));
    }
}
