package io.witan.models.jiuzhang.collate;

import static io.witan.models.jiuzhang.collate.SmallVocabulary.BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.models.jiuzhang.text.Passage;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DisorderTest {
    private static final String SOLUTION = "First $a + 1$, then $b$ is $$c - 2$$. So it ends";
    private static final Passage TEXT = BYTES.encode(SOLUTION);

    private static String shuffled(String solution, int index) {
        return BYTES.decode(Disorder.of(BYTES.encode(solution), new Draws(5, index))
                .orElseThrow()
                .tokens());
    }

    /** Everything outside formulas, with a hole for each. */
    private static String around(String text) {
        return text.replaceAll("(\\$+)[^$]*(\\$+)", "$1#$2");
    }

    private static List<String> formulas(String text) {
        List<String> formulas = new ArrayList<>();
        String[] parts = text.split("\\$+");
        for (int i = 1; i < parts.length; i += 2) {
            formulas.add(parts[i]);
        }
        return formulas;
    }

    private static List<String> sentences(String text) {
        return List.of(text.split("(?<=[,.])"));
    }

    @Test
    void halfTheTimeSentencesChangePlacesOtherwiseFormulas() {
        int byFormula = 0;
        for (int index = 0; index < 2000; index++) {
            String text = shuffled(SOLUTION, index);
            assertThat(text).isNotEqualTo(SOLUTION);
            boolean keepsAround = around(text).equals(around(SOLUTION));
            if (keepsAround) {
                byFormula++;
                assertThat(formulas(text)).containsExactlyInAnyOrderElementsOf(formulas(SOLUTION));
            } else {
                assertThat(pieces(text)).containsExactlyInAnyOrderElementsOf(sentences(SOLUTION));
            }
        }
        assertThat(byFormula / 2000.0).isCloseTo(0.5, within(0.05));
    }

    /** Sentences of a text in disorder; the last of the solution has no stop, and may stand before another. */
    private static List<String> pieces(String text) {
        List<String> left = new ArrayList<>(sentences(SOLUTION));
        List<String> found = new ArrayList<>();
        String rest = text;
        while (!rest.isEmpty()) {
            String begins = rest;
            String piece =
                    left.stream().filter(begins::startsWith).findFirst().orElseThrow(() -> new AssertionError(text));
            left.remove(piece);
            found.add(piece);
            rest = rest.substring(piece.length());
        }
        return found;
    }

    @Test
    void everyOtherOrderIsEquallyLikely() {
        Map<String, Integer> counts = new HashMap<>();
        for (int index = 0; index < 5000; index++) {
            counts.merge(shuffled("a, b, c,", index), 1, Integer::sum);
        }
        assertThat(counts).hasSize(5);
        assertThat(counts.values()).allMatch(count -> Math.abs(count - 1000) < 150);
    }

    @Test
    void withoutTwoFormulasSentencesChangePlaces() {
        for (int index = 0; index < 50; index++) {
            assertThat(shuffled("As $x$ holds, it is 0.5.", index)).isEqualTo(" it is 0.5.As $x$ holds,");
        }
    }

    /** Of three formulas two are the same, so of five other orders one is the given text. */
    @Test
    void equalPiecesThatChangePlacesAreNoDisorder() {
        for (int index = 0; index < 200; index++) {
            assertThat(shuffled("$x$ $x$ $y$, so it is", index)).isNotEqualTo("$x$ $x$ $y$, so it is");
            assertThat(Disorder.of(BYTES.encode("a,a,a,"), new Draws(5, index))).isEmpty();
        }
    }

    @Test
    void onePieceStays() {
        for (int index = 0; index < 50; index++) {
            assertThat(Disorder.of(BYTES.encode("It is 0.5."), new Draws(5, index)))
                    .isEmpty();
            assertThat(Disorder.of(Passage.EMPTY, new Draws(5, index))).isEmpty();
        }
    }

    @Test
    void theRowRestoresTheOrder() {
        PretrainingRows rows =
                new PretrainingRows(BYTES, Stage.LOGIC_RECOVERING, PretrainingRows.SecondSide.DRAWN, 200);
        int restored = 0;
        for (int index = 0; index < 400; index++) {
            Row row = rows.row(SmallVocabulary.problem("How many?", SOLUTION), new Draws(8, index));
            if (row.task() != Task.LOGIC) {
                continue;
            }
            restored++;
            Passage clean = BYTES.encode("How many?")
                    .then(Passage.fixed(BYTES.separator()))
                    .then(TEXT);
            int[] written = Arrays.copyOf(clean.tokens(), clean.length() + 1);
            written[clean.length()] = BYTES.end();
            assertThat(row.targets()).isEqualTo(written);
            assertThat(row.side()).isEqualTo(Side.GENERATION);
            // The question stands as it is; behind it are the same tokens in another order.
            int question = BYTES.encode("How many?").length() + 2;
            assertThat(Arrays.copyOf(row.input(), question))
                    .isEqualTo(with(BYTES.start(), Arrays.copyOf(clean.tokens(), question - 1)));
            int[] sorted = row.input().clone();
            int[] cleanSorted = with(BYTES.start(), clean.tokens());
            Arrays.sort(sorted);
            Arrays.sort(cleanSorted);
            assertThat(sorted).isEqualTo(cleanSorted);
            assertThat(row.input()).isNotEqualTo(with(BYTES.start(), clean.tokens()));
            assertThat(row.second()).isNull();
        }
        assertThat(restored / 400.0).isCloseTo(0.25, within(0.08));
    }

    private static int[] with(int first, int[] rest) {
        int[] all = new int[rest.length + 1];
        all[0] = first;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }
}
