package io.witan.runtime.text;

/** Text to token ids and back. Safe on any thread until closed; closing frees native memory, if there is any. */
public interface Tokenizer extends AutoCloseable {
    /** V: one more than the greatest id, the end-of-text id included. */
    int vocabularySize();

    /** The id that stands after each document. */
    int endOfText();

    /**
     * The ids of a text; no end-of-text is added, and none is ever found in it.
     *
     * @throws TokenizerException if the tokenizer does not know part of the text, nor has a token for what it does not know
     */
    int[] encode(String text);

    /**
     * The text of {@code ids[from .. to)}. End-of-text and other control tokens give no text. Bytes that are not UTF-8 (a character cut at an end,
     * or nonsense from an untrained model) give U+FFFD.
     *
     * @throws IllegalArgumentException if an id is not in 0 .. V-1
     */
    String decode(int[] ids, int from, int to);

    /** {@link #decode(int[], int, int)} of all ids. */
    default String decode(int[] ids) {
        return decode(ids, 0, ids.length);
    }

    /** Kind and content: equal for two tokenizers if and only if they give the same ids. Stored in checkpoints. */
    String fingerprint();

    @Override
    void close();

    /** The bytes of a text in UTF-8, whatever the tokenizer: the denominator of nats per byte. */
    static long utf8Bytes(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes += 1;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                bytes += Character.isSurrogate(c) ? 1 : 3;
            }
        }
        return bytes;
    }
}
