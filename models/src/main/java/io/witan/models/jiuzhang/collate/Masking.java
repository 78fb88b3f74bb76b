package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.text.Passage;
import io.witan.models.jiuzhang.text.Vocabulary;
import io.witan.models.jiuzhang.text.Word.Kind;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Masked tokens and denoising. Words are chosen whole, each with its {@link MaskRates rate}. Of the tokens that are hidden 80 in 100 become the
 * mask, 10 a random token, and 10 stay. Understanding hides all tokens of a chosen word, and tells them; generation hides the first and
 * leaves the others out, so that it has to find the length as well, and writes the whole text.
 */
final class Masking {
    private static final double MASKED = 0.8;
    private static final double RANDOM = 0.1;

    private final Vocabulary vocabulary;

    Masking(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** A row of masked tokens; its input has the start before the text. */
    Row masked(Passage text, Draws draws) {
        int[] input = withStart(text.tokens());
        int[] targets = new int[input.length];
        Arrays.fill(targets, Row.IGNORED);
        for (int word : chosen(text, MaskRates.UNDERSTANDING, draws)) {
            for (int i = text.starts()[word]; i < text.end(word); i++) {
                targets[i + 1] = text.tokens()[i];
                input[i + 1] = hidden(text.tokens()[i], draws);
            }
        }
        int[] blanks = IntStream.range(0, targets.length)
                .filter(i -> targets[i] != Row.IGNORED)
                .toArray();
        return Row.understood(Task.MASKED, input, targets).withBlanks(blanks);
    }

    /** A row of denoising; its blanks are all tokens of the chosen words, those that are left out too. */
    Row denoised(Passage text, Draws draws) {
        int[] kept = text.tokens().clone();
        boolean[] left = new boolean[kept.length];
        IntStream.Builder blanks = IntStream.builder();
        for (int word : chosen(text, MaskRates.GENERATION, draws)) {
            int start = text.starts()[word];
            kept[start] = hidden(kept[start], draws);
            Arrays.fill(left, start + 1, text.end(word), true);
            IntStream.range(start, text.end(word)).forEach(blanks::add);
        }
        int[] damaged = IntStream.range(0, kept.length)
                .filter(i -> !left[i])
                .map(i -> kept[i])
                .toArray();
        return written(Task.DENOISING, damaged, text).withBlanks(blanks.build().toArray());
    }

    /** A row that writes a text and its end. @param input what is known of it, without the start */
    Row written(Task task, int[] input, Passage text) {
        int[] written = Arrays.copyOf(text.tokens(), text.length() + 1);
        written[text.length()] = vocabulary.end();
        return Row.generated(task, withStart(input), vocabulary.start(), written);
    }

    private static List<Integer> chosen(Passage text, MaskRates rates, Draws draws) {
        int[] words = IntStream.range(0, text.words())
                .filter(word -> text.kinds().get(word) != Kind.FIXED)
                .toArray();
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            if (draws.uniform() < rates.at(i, words.length)) {
                chosen.add(words[i]);
            }
        }
        return chosen;
    }

    private int hidden(int token, Draws draws) {
        double draw = draws.uniform();
        if (draw < MASKED) {
            return vocabulary.mask();
        }
        return draw < MASKED + RANDOM ? vocabulary.random(draws) : token;
    }

    private int[] withStart(int[] tokens) {
        int[] input = new int[tokens.length + 1];
        input[0] = vocabulary.start();
        System.arraycopy(tokens, 0, input, 1, tokens.length);
        return input;
    }
}
