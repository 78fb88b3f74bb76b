package io.witan.models.jiuzhang.text;

import io.witan.models.jiuzhang.text.Word.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Cuts a text into words: a run of letters, a LaTeX command with its backslash, a number with its decimal part, a run of dollar
 * signs, any other sign alone. Chinese characters are gathered to the longest word of a list, and stand alone where none fits.
 */
public final class WordSplitter {
    private static final String STOPS = ",.，。．";

    private final Set<String> chineseWords;
    private final int longest;

    /** @param words known words; those of two and more Chinese characters are used */
    public WordSplitter(Collection<String> words) {
        this.chineseWords = words.stream()
                .filter(word -> word.codePointCount(0, word.length()) > 1)
                .filter(word -> word.codePoints().allMatch(WordSplitter::isChinese))
                .collect(Collectors.toUnmodifiableSet());
        this.longest = chineseWords.stream().mapToInt(String::length).max().orElse(1);
    }

    /** The words of a text, in order; all that is not white space is in one of them. */
    public List<Word> split(String text) {
        List<Word> words = new ArrayList<>();
        boolean spaced = false;
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            if (Character.isWhitespace(point)) {
                spaced = true;
                at += Character.charCount(point);
                continue;
            }
            int end = end(text, at, point);
            String word = text.substring(at, end);
            words.add(new Word(word, kind(word), spaced));
            spaced = false;
            at = end;
        }
        return words;
    }

    private int end(String text, int at, int point) {
        int next = at + Character.charCount(point);
        if (isChinese(point)) {
            return chineseEnd(text, at, next);
        }
        if (point == '$') {
            return runEnd(text, next, '$');
        }
        if (point == '\\') {
            return lettersEnd(text, next);
        }
        if (Character.isDigit(point)) {
            int whole = digitsEnd(text, next);
            boolean decimal =
                    whole + 1 < text.length() && text.charAt(whole) == '.' && Character.isDigit(text.charAt(whole + 1));
            return decimal ? digitsEnd(text, whole + 1) : whole;
        }
        return Character.isLetter(point) ? lettersEnd(text, next) : next;
    }

    private int chineseEnd(String text, int at, int single) {
        for (int end = Math.min(text.length(), at + longest); end > single; end--) {
            if (chineseWords.contains(text.substring(at, end))) {
                return end;
            }
        }
        return single;
    }

    private static int runEnd(String text, int from, char sign) {
        int end = from;
        while (end < text.length() && text.charAt(end) == sign) {
            end++;
        }
        return end;
    }

    private static int digitsEnd(String text, int from) {
        int end = from;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static int lettersEnd(String text, int from) {
        int end = from;
        while (end < text.length()) {
            int point = text.codePointAt(end);
            if (!Character.isLetter(point) || isChinese(point)) {
                return end;
            }
            end += Character.charCount(point);
        }
        return end;
    }

    private static Kind kind(String word) {
        if (word.charAt(0) == '$') {
            return Kind.DOLLAR;
        }
        return word.length() == 1 && STOPS.contains(word) ? Kind.STOP : Kind.PLAIN;
    }

    static boolean isChinese(int point) {
        return Character.isIdeographic(point);
    }
}
