package io.witan.models.dmoerm.data.generated;

import io.witan.runtime.data.DataException;
import io.witan.runtime.text.Tokenizer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** One token for each word of a list, and end-of-text. Texts are words with a blank between them. */
final class WordTokenizer implements Tokenizer {
    private final List<String> words;
    private final Map<String, Integer> ids = new HashMap<>();

    WordTokenizer(List<String> words) {
        this.words = List.copyOf(words);
        for (int i = 0; i < words.size(); i++) {
            ids.put(words.get(i), i);
        }
    }

    @Override
    public int vocabularySize() {
        return words.size() + 1;
    }

    @Override
    public int endOfText() {
        return words.size();
    }

    /** @throws DataException if a word is not of the list */
    @Override
    public int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        String[] parts = text.split(" ", -1);
        int[] encoded = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            Integer id = ids.get(parts[i]);
            if (id == null) {
                throw new DataException(
                        "\"" + parts[i] + "\" is no word of the generated language, which has " + words.size());
            }
            encoded[i] = id;
        }
        return encoded;
    }

    @Override
    public String decode(int[] encoded, int from, int to) {
        StringJoiner text = new StringJoiner(" ");
        for (int i = from; i < to; i++) {
            if (encoded[i] < 0 || encoded[i] > endOfText()) {
                throw new IllegalArgumentException("token " + encoded[i] + " is not in 0.." + endOfText());
            }
            if (encoded[i] != endOfText()) {
                text.add(words.get(encoded[i]));
            }
        }
        return text.toString();
    }

    @Override
    public String fingerprint() {
        return "words-" + words.size() + "-" + Integer.toHexString(words.hashCode());
    }

    @Override
    public void close() {
        // holds nothing native
    }
}
