package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.text.Vocabulary;
import java.util.Arrays;

/**
 * The second pass of solution checking: the text with what the first pass told in its blanks, to be given back clean, with a
 * target at every position. What was told is a number of the input like any other: nothing is differentiated through it.
 */
public final class SecondPass {
    private final Vocabulary vocabulary;

    public SecondPass(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * The row of the second pass.
     *
     * @param first has {@link Row#second}
     * @param told [blanks] the id that the model holds most likely at each of {@link Row#blanks}
     */
    public Row of(Row first, int[] told) {
        if (first.second() == null || told.length != first.blanks().length) {
            throw new IllegalArgumentException(
                    told.length + " tokens for " + first.blanks().length + " blanks, second pass on " + first.second());
        }
        // Targets are at the places of input tokens behind the start, or of what is written.
        int shift = first.side() == Side.UNDERSTANDING ? 1 : 0;
        int[] clean = clean(first, shift);
        int[] input = new int[clean.length + 1];
        input[0] = vocabulary.start();
        System.arraycopy(clean, 0, input, 1, clean.length);
        for (int i = 0; i < told.length; i++) {
            input[first.blanks()[i] - shift + 1] = told[i];
        }
        return first.second() == Side.UNDERSTANDING ? understood(input, clean) : generated(input, clean);
    }

    private static int[] clean(Row first, int shift) {
        int[] clean = new int[first.textLength()];
        for (int i = 0; i < clean.length; i++) {
            int target = first.targets()[i + shift];
            clean[i] = target == Row.IGNORED ? first.input()[i + shift] : target;
        }
        return clean;
    }

    private static Row understood(int[] input, int[] clean) {
        int[] targets = new int[input.length];
        targets[0] = Row.IGNORED;
        System.arraycopy(clean, 0, targets, 1, clean.length);
        return Row.understood(Task.CHECKING, input, targets);
    }

    private Row generated(int[] input, int[] clean) {
        int[] written = Arrays.copyOf(clean, clean.length + 1);
        written[clean.length] = vocabulary.end();
        return Row.generated(Task.CHECKING, input, vocabulary.start(), written);
    }

    /** Tokens that the second pass brings through the encoder, which are known before the first. */
    static int tokenCount(Row first) {
        return first.textLength() + 1;
    }

    /** Its targets. */
    static int targetCount(Row first) {
        return first.textLength() + (first.second() == Side.UNDERSTANDING ? 0 : 1);
    }
}
