package io.witan.models.jiuzhang.collate;

import static io.witan.models.jiuzhang.collate.SmallVocabulary.BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.jiuzhang.text.Passage;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MaskingTest {
    private static final int ROWS = 20_000;
    private static final Passage TEXT = BYTES.encode("The box has twelve red apples and three pears")
            .then(Passage.fixed(BYTES.separator()))
            .then(BYTES.encode("12 + 3 = 15, so fifteen fruits."));
    private static final int SEPARATOR = IntStream.range(0, TEXT.length())
            .filter(i -> TEXT.tokens()[i] == BYTES.separator())
            .findFirst()
            .orElseThrow();

    private static int separatorWord() {
        return Arrays.binarySearch(TEXT.starts(), SEPARATOR);
    }

    private static Row masked(int index) {
        return new Masking(BYTES).masked(TEXT, new Draws(1, index));
    }

    private static Row denoised(int index) {
        return new Masking(BYTES).denoised(TEXT, new Draws(2, index));
    }

    /** [words] whether all tokens of a word are blanks; a word with some only fails. */
    private static boolean[] chosen(Row row, int shift) {
        List<Integer> blanks =
                Arrays.stream(row.blanks()).map(i -> i - shift).boxed().toList();
        boolean[] chosen = new boolean[TEXT.words()];
        for (int word = 0; word < chosen.length; word++) {
            List<Integer> tokens =
                    IntStream.range(TEXT.starts()[word], TEXT.end(word)).boxed().toList();
            chosen[word] = blanks.containsAll(tokens);
            assertThat(chosen[word] || tokens.stream().noneMatch(blanks::contains))
                    .as("whole words")
                    .isTrue();
        }
        return chosen;
    }

    @Test
    void ratesRiseLinearlyFromAHundredthToTwiceTheMean() {
        for (MaskRates rates : List.of(MaskRates.UNDERSTANDING, MaskRates.GENERATION)) {
            double mean = 1.1 * rates.rate();
            assertThat(rates.at(0, 12)).isCloseTo(0.01, within(1e-12));
            assertThat(rates.at(11, 12)).isCloseTo(2 * mean - 0.01, within(1e-12));
            for (int word = 1; word < 11; word++) {
                double step = rates.at(word, 12) - rates.at(word - 1, 12);
                assertThat(rates.at(word + 1, 12) - rates.at(word, 12)).isCloseTo(step, within(1e-12));
            }
            assertThat(IntStream.range(0, 12)
                            .mapToDouble(word -> rates.at(word, 12))
                            .average()
                            .orElseThrow())
                    .isCloseTo(mean, within(1e-12));
            assertThat(rates.at(0, 1)).isCloseTo(mean, within(1e-12));
        }
        assertThat(MaskRates.GENERATION.rate()).isEqualTo(2 * MaskRates.UNDERSTANDING.rate());
        assertThatThrownBy(() -> new MaskRates(0.5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wordsAreChosenWholeAsOftenAsTheirRates() {
        int[] understood = new int[TEXT.words()];
        int[] generated = new int[TEXT.words()];
        for (int index = 0; index < ROWS; index++) {
            count(chosen(masked(index), 1), understood);
            count(chosen(denoised(index), 0), generated);
        }
        requireRates(understood, MaskRates.UNDERSTANDING);
        requireRates(generated, MaskRates.GENERATION);
    }

    private static void count(boolean[] chosen, int[] counts) {
        for (int word = 0; word < chosen.length; word++) {
            counts[word] += chosen[word] ? 1 : 0;
        }
    }

    private static void requireRates(int[] counts, MaskRates rates) {
        int words = TEXT.words() - 1;
        for (int word = 0, place = 0; word < counts.length; word++) {
            if (word == separatorWord()) {
                assertThat(counts[word]).as("the separator is no word").isZero();
                continue;
            }
            double rate = rates.at(place++, words);
            double deviation = Math.sqrt(rate * (1 - rate) / ROWS);
            assertThat((double) counts[word] / ROWS).isCloseTo(rate, within(5 * deviation));
        }
    }

    @Test
    void understandingTellsWhatIsHiddenAndNothingElse() {
        for (int index = 0; index < 500; index++) {
            Row row = masked(index);
            assertThat(row.side()).isEqualTo(Side.UNDERSTANDING);
            assertThat(row.input()).hasSize(TEXT.length() + 1);
            assertThat(row.input()[0]).isEqualTo(BYTES.start());
            assertThat(row.targets()[0]).isEqualTo(Row.IGNORED);
            List<Integer> blanks = Arrays.stream(row.blanks()).boxed().toList();
            for (int i = 0; i < TEXT.length(); i++) {
                int token = TEXT.tokens()[i];
                if (blanks.contains(i + 1)) {
                    assertThat(row.targets()[i + 1]).isEqualTo(token);
                } else {
                    assertThat(row.targets()[i + 1]).isEqualTo(Row.IGNORED);
                    assertThat(row.input()[i + 1]).isEqualTo(token);
                }
            }
        }
    }

    @Test
    void generationHidesTheFirstTokenLeavesOutTheRestAndWritesAll() {
        for (int index = 0; index < 500; index++) {
            Row row = denoised(index);
            boolean[] chosen = chosen(row, 0);
            List<Integer> kept = new ArrayList<>(List.of(BYTES.start()));
            List<Integer> free = new ArrayList<>();
            for (int word = 0; word < chosen.length; word++) {
                if (chosen[word]) {
                    free.add(kept.size());
                    kept.add(TEXT.tokens()[TEXT.starts()[word]]);
                } else {
                    IntStream.range(TEXT.starts()[word], TEXT.end(word)).forEach(i -> kept.add(TEXT.tokens()[i]));
                }
            }
            assertThat(row.input()).hasSize(kept.size());
            for (int i = 0; i < kept.size(); i++) {
                if (!free.contains(i)) {
                    assertThat(row.input()[i]).isEqualTo(kept.get(i));
                }
            }
            int[] written = Arrays.copyOf(TEXT.tokens(), TEXT.length() + 1);
            written[TEXT.length()] = BYTES.end();
            assertThat(row.targets()).isEqualTo(written);
            assertThat(row.decoder()[0]).isEqualTo(BYTES.start());
            assertThat(Arrays.copyOfRange(row.decoder(), 1, row.decoder().length))
                    .isEqualTo(TEXT.tokens());
        }
    }

    @Test
    void ofHiddenTokensEightyInHundredAreTheMaskTenRandomTenKept() {
        double[] understood = new double[3];
        double[] generated = new double[3];
        for (int index = 0; index < ROWS; index++) {
            Row row = masked(index);
            for (int blank : row.blanks()) {
                understood[way(row.input()[blank], row.targets()[blank])]++;
            }
            Row written = denoised(index);
            int left = 0;
            boolean[] chosen = chosen(written, 0);
            for (int word = 0; word < chosen.length; word++) {
                int start = TEXT.starts()[word];
                if (chosen[word]) {
                    generated[way(written.input()[start - left + 1], TEXT.tokens()[start])]++;
                    left += TEXT.end(word) - start - 1;
                }
            }
        }
        for (double[] counts : List.of(understood, generated)) {
            double all = Arrays.stream(counts).sum();
            assertThat(counts[0] / all).isCloseTo(0.8, within(0.01));
            // One in 256 random tokens is the token itself.
            assertThat(counts[1] / all).isCloseTo(0.1 * 255 / 256, within(0.01));
            assertThat(counts[2] / all).isCloseTo(0.1 + 0.1 / 256, within(0.01));
        }
    }

    private static int way(int input, int token) {
        if (input == BYTES.mask()) {
            return 0;
        }
        return input == token ? 2 : 1;
    }

    @Test
    void oneDrawOneRow() {
        assertThat(masked(3)).isEqualTo(masked(3));
        assertThat(denoised(3)).isEqualTo(denoised(3)).isNotEqualTo(denoised(4));
    }
}
