package io.witan.runtime.data;

import io.witan.runtime.text.Tokenizer;

/**
 * Documents and their ids. Not for change.
 *
 * @param fingerprint of the tokenizer and the documents
 */
record EncodedText(
        Split split,
        PackedTokens train,
        PackedTokens validation,
        int vocabularySize,
        int endOfText,
        String fingerprint) {
    /** Encodes all documents; the tokenizer is not used after. */
    static EncodedText of(Split split, Tokenizer tokenizer) {
        return new EncodedText(
                split,
                PackedTokens.of(split.train(), tokenizer),
                PackedTokens.of(split.validation(), tokenizer),
                tokenizer.vocabularySize(),
                tokenizer.endOfText(),
                "tokenizer=%s train=%s validation=%s"
                        .formatted(
                                tokenizer.fingerprint(),
                                split.train().fingerprint(),
                                split.validation().fingerprint()));
    }
}
