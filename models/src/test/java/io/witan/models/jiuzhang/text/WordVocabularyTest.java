package io.witan.models.jiuzhang.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.models.jiuzhang.text.Word.Kind;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.arithmetic.Draws;
import io.witan.runtime.text.ByteTokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordVocabularyTest {
    private static final WordSplitter SPLITTER = new WordSplitter(List.of("还剩", "多少", "多少页", "a1"));

    private static List<String> words(String text) {
        return SPLITTER.split(text).stream().map(Word::text).toList();
    }

    @Test
    void wordsAreRunsOfLettersNumbersCommandsDollarsAndSigns() {
        assertThat(words("So $$\\frac{1}{2}$$ = 0.5, or 50%."))
                .containsExactly(
                        "So", "$$", "\\frac", "{", "1", "}", "{", "2", "}", "$$", "=", "0.5", ",", "or", "50", "%",
                        ".");
        assertThat(words("a4cm x_1")).containsExactly("a", "4", "cm", "x", "_", "1");
    }

    @Test
    void chineseWordsAreTheLongestKnown() {
        assertThat(words("还剩多少页没看")).containsExactly("还剩", "多少页", "没", "看");
        assertThat(words("还剩X多")).containsExactly("还剩", "X", "多");
    }

    @Test
    void kindsAndSpaces() {
        List<Word> words = SPLITTER.split("a, $b$ 3.\n");
        assertThat(words.stream().map(Word::kind))
                .containsExactly(Kind.PLAIN, Kind.STOP, Kind.DOLLAR, Kind.PLAIN, Kind.DOLLAR, Kind.PLAIN, Kind.STOP);
        assertThat(words.stream().map(Word::spaced)).containsExactly(false, false, true, false, false, true, false);
    }

    @Test
    void smallWholeNumbersArePiecesWhetherTheTextsHaveThemOrNot() {
        WordVocabulary vocabulary = WordVocabulary.of(List.of("5 and 5 and 12"), SPLITTER, 1000, 31);
        for (int number = 0; number <= 30; number++) {
            assertThat(vocabulary.encode(Integer.toString(number))).hasSize(1);
        }
        assertThat(vocabulary.encode("5 12 30")).doesNotHaveDuplicates().hasSize(3);
        assertThat(vocabulary.encode("31")).hasSize(2);
        assertThat(vocabulary.encode("1.5")).as("no whole number").hasSize(3);
        assertThat(vocabulary.decode(vocabulary.encode("12 and 5"))).isEqualTo("12 and 5");
    }

    @Test
    void frequentWordsArePiecesAndOthersAreSpelt() {
        List<String> texts = List.of("apples and apples", "pears and 12 21", "还剩多少 还剩多少");
        WordVocabulary vocabulary = WordVocabulary.of(texts, SPLITTER, 1000, 0);
        assertThat(vocabulary.encode("apples")).hasSize(1);
        assertThat(vocabulary.encode("and")).hasSize(1);
        assertThat(vocabulary.encode("pears")).as("once only").hasSize(5);
        assertThat(vocabulary.encode("还剩")).hasSize(2);
        assertThat(vocabulary.decode(vocabulary.encode("Apples and apples 还剩多少")))
                .isEqualTo("apples and apples还剩多少");
        assertThat(vocabulary.encode("q")).hasSize(1);
        assertThat(vocabulary.decode(vocabulary.encode("q"))).isEqualTo("\ufffd");
        assertThat(vocabulary.endOfText()).isEqualTo(vocabulary.vocabularySize() - 1);
        assertThat(vocabulary.decode(new int[] {vocabulary.endOfText()})).isEmpty();
    }

    @Test
    void theVocabularyIsNoLargerThanAskedFor() {
        List<String> texts = List.of("one two three one two three", "four five four five");
        WordVocabulary small = WordVocabulary.of(texts, SPLITTER, 12, 0);
        assertThat(small.vocabularySize()).isEqualTo(12);
        assertThat(small.fingerprint())
                .isEqualTo(WordVocabulary.of(texts, SPLITTER, 12, 0).fingerprint());
        assertThat(small.fingerprint())
                .isNotEqualTo(WordVocabulary.of(texts, SPLITTER, 13, 0).fingerprint());
    }

    @Test
    void idsOfTheModelFollowThoseOfTheTokenizer() {
        LinkedHashMap<String, List<String>> labels = new LinkedHashMap<>();
        labels.put("choice", List.of("A", "B"));
        labels.put("similar", List.of("yes", "no"));
        Vocabulary vocabulary = new Vocabulary(new ByteTokenizer(), SPLITTER, labels);
        assertThat(List.of(vocabulary.mask(), vocabulary.start(), vocabulary.separator()))
                .containsExactly(257, 258, 259);
        assertThat(vocabulary.labels("choice").id("B")).isEqualTo(261);
        assertThat(vocabulary.labels("similar").id("yes")).isEqualTo(262);
        assertThat(vocabulary.size()).isEqualTo(264);
        assertThatThrownBy(() -> vocabulary.labels("choice").id("C"))
                .isInstanceOf(DataException.class)
                .hasMessage("choice: label \"C\" is not among the 2: A, B");
        assertThatThrownBy(() -> vocabulary.labels("matching"))
                .isInstanceOf(DataException.class)
                .hasMessage("task \"matching\" has no labels; there are choice, similar");
        Draws draws = new Draws(1, 1);
        for (int i = 0; i < 5000; i++) {
            assertThat(vocabulary.random(draws)).isBetween(0, 255);
        }
    }

    @Test
    void aTextIsItsWordsWithTheSpacesBeforeThem() {
        Vocabulary vocabulary = new Vocabulary(new ByteTokenizer(), SPLITTER, new LinkedHashMap<>());
        Passage passage = vocabulary.encode("So 1.5, so");
        assertThat(passage.starts()).containsExactly(0, 2, 6, 7);
        assertThat(vocabulary.decode(passage.tokens())).isEqualTo("So 1.5, so");
        assertThat(passage.cut(6).tokens()).hasSize(6);
        assertThat(passage.cut(5).words()).isOne();
        assertThat(passage.cut(1)).isEqualTo(Passage.EMPTY);
        assertThat(vocabulary.decode(passage.ordered(new int[] {3, 0, 2, 1}).tokens()))
                .isEqualTo(" soSo, 1.5");
        assertThat(passage.cut(6).then(vocabulary.encode(", so"))).isEqualTo(passage);
    }
}
