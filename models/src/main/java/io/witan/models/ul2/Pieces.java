package io.witan.models.ul2;

import io.witan.runtime.text.Tokenizer;
import java.util.Arrays;

/**
 * All ids of the model: those of a tokenizer, then one of each mode, the start, and the sentinels.
 *
 * @param tokens of the tokenizer
 * @param end stands behind what the decoder writes; one of the tokenizer's
 * @param sentinels of them
 */
record Pieces(int tokens, int end, int sentinels) {
    private static final int MODES = Mode.values().length;

    /** With as many sentinels as a text of so many tokens can have spans. */
    static Pieces of(Tokenizer tokenizer, int mostTokens) {
        int sentinels = Arrays.stream(Denoiser.values())
                .mapToInt(denoiser -> denoiser.spans(mostTokens))
                .max()
                .orElseThrow();
        return new Pieces(tokenizer.vocabularySize(), tokenizer.endOfText(), sentinels);
    }

    /** V. */
    int size() {
        return tokens + MODES + 1 + sentinels;
    }

    /** Stands first in a row. */
    int mode(Mode mode) {
        return tokens + mode.ordinal();
    }

    /** Stands before what the decoder writes. */
    int start() {
        return tokens + MODES;
    }

    /** Stands in the place of a span, and before its tokens where it is written. @param span its number in the text, from 0 */
    int sentinel(int span) {
        return tokens + MODES + 1 + span;
    }
}
