package io.witan.runtime.data;

import io.witan.runtime.text.Tokenizer;
import java.util.Arrays;

/** Documents as one stream of ids, an end-of-text after each. Not for change. */
record PackedTokens(int[] ids) {
    private static final int MOST_IDS = Integer.MAX_VALUE - 8;

    /** @throws DataException if the stream would be longer than an array can be */
    static PackedTokens of(Documents documents, Tokenizer tokenizer) {
        int[] ids = new int[1 << 12];
        int length = 0;
        for (String text : documents.texts()) {
            int[] encoded = tokenizer.encode(text);
            long needed = length + encoded.length + 1L;
            if (needed > MOST_IDS) {
                throw new DataException("the documents hold more than " + MOST_IDS + " tokens");
            }
            if (needed > ids.length) {
                ids = Arrays.copyOf(ids, (int) Math.min(MOST_IDS, Math.max(needed, ids.length * 2L)));
            }
            System.arraycopy(encoded, 0, ids, length, encoded.length);
            ids[length + encoded.length] = tokenizer.endOfText();
            length = (int) needed;
        }
        return new PackedTokens(Arrays.copyOf(ids, length));
    }

    int length() {
        return ids.length;
    }
}
