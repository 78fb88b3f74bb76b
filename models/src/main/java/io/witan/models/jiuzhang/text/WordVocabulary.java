package io.witan.models.jiuzhang.text;

import io.witan.runtime.data.Documents;
import io.witan.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The tokenizer of a collection of texts: its characters, and its most frequent words of two and more letters. A word that is
 * not among them, and every number and Chinese word, is spelt: its first character, then characters that say they go on. All
 * is in lower case; characters that are too rare, or in none of the texts, become one and the same token.
 */
public final class WordVocabulary implements Tokenizer {
    /** Before a character that goes on with a word. */
    private static final char GOES_ON = '\u0001';

    private static final int UNKNOWN = 0;
    /** A character that is in one text only says little. */
    private static final int LEAST_CHARACTERS = 2;

    private final WordSplitter splitter;
    private final List<String> pieces;
    private final Map<String, Integer> ids = new HashMap<>();
    private final String fingerprint;

    private WordVocabulary(WordSplitter splitter, List<String> pieces) {
        this.splitter = splitter;
        this.pieces = List.copyOf(pieces);
        for (int id = 0; id < pieces.size(); id++) {
            ids.put(pieces.get(id), id);
        }
        this.fingerprint = "words-" + new Documents(pieces).fingerprint();
    }

    /**
     * Counts the words of the texts.
     *
     * @param most V at most, the end of text and the token of all other characters included; characters that occur twice are
     *     taken before words, both by falling frequency
     * @param wholeNumbers so many numbers, 0 and on, are a piece each whether the texts have them or not
     */
    public static WordVocabulary of(Collection<String> texts, WordSplitter splitter, int most, int wholeNumbers) {
        Map<String, Integer> characters = new HashMap<>();
        Map<String, Integer> words = new HashMap<>();
        for (String text : texts) {
            for (Word word : splitter.split(text)) {
                String lower = word.text().toLowerCase(Locale.ROOT);
                spelt(lower).forEach(piece -> characters.merge(piece, 1, Integer::sum));
                if (isLetters(lower)) {
                    words.merge(lower, 1, Integer::sum);
                }
            }
        }
        List<String> numbers =
                IntStream.range(0, wholeNumbers).mapToObj(Integer::toString).toList();
        characters.keySet().removeAll(numbers);
        List<String> pieces = new ArrayList<>(List.of("unknown" + GOES_ON));
        pieces.addAll(numbers);
        pieces.addAll(byFrequency(characters));
        pieces.addAll(byFrequency(words));
        return new WordVocabulary(splitter, pieces.subList(0, Math.min(pieces.size(), most - 1)));
    }

    private static List<String> byFrequency(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .filter(count -> count.getValue() >= LEAST_CHARACTERS)
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean isLetters(String word) {
        int letters = word.startsWith("\\") ? 1 : 0;
        return word.length() > 1
                && word.codePoints()
                        .skip(letters)
                        .allMatch(point -> Character.isLetter(point) && !WordSplitter.isChinese(point));
    }

    private static List<String> spelt(String word) {
        List<String> characters = new ArrayList<>();
        word.codePoints()
                .mapToObj(Character::toString)
                .forEach(character -> characters.add(characters.isEmpty() ? character : GOES_ON + character));
        return characters;
    }

    @Override
    public int vocabularySize() {
        return pieces.size() + 1;
    }

    @Override
    public int endOfText() {
        return pieces.size();
    }

    @Override
    public int[] encode(String text) {
        return splitter.split(text).stream()
                .flatMap(word -> ids(word.text().toLowerCase(Locale.ROOT)).stream())
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private List<Integer> ids(String word) {
        Integer whole = ids.get(word);
        return whole != null
                ? List.of(whole)
                : spelt(word).stream()
                        .map(piece -> ids.getOrDefault(piece, UNKNOWN))
                        .toList();
    }

    /** The text in lower case, with one space between words of letters and digits and none elsewhere. */
    @Override
    public String decode(int[] tokens, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            if (tokens[i] < 0 || tokens[i] > endOfText()) {
                throw new IllegalArgumentException("token " + tokens[i] + " is not in 0.." + endOfText());
            }
            if (tokens[i] != endOfText()) {
                append(text, tokens[i] == UNKNOWN ? "\ufffd" : pieces.get(tokens[i]));
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String piece) {
        if (piece.charAt(0) == GOES_ON) {
            text.append(piece, 1, piece.length());
            return;
        }
        boolean apart = !text.isEmpty() && isWord(text.codePointBefore(text.length())) && isWord(piece.codePointAt(0));
        text.append(apart ? " " : "").append(piece);
    }

    private static boolean isWord(int point) {
        return Character.isLetterOrDigit(point) && !WordSplitter.isChinese(point);
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public void close() {
        // holds nothing native
    }
}
