package io.witan.runtime.data;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much of a generated text comes from the training text.
 *
 * @param words words of the generated text: runs of letters, with apostrophes inside; numbers are no words
 * @param trainingWords how many of them, each occurrence counted, stand in the training text in the same spelling and case
 * @param longestCopy the longest stretch that also stands in one training document, letter for letter
 */
public record CopyReport(int words, int trainingWords, String longestCopy) {
    private static final Pattern WORD = Pattern.compile("\\p{L}+(?:['’]\\p{L}+)*");

    /** Takes time in proportion to both texts together, and memory for the generated text and the set of words only. */
    public static CopyReport of(Documents training, String generated) {
        Set<String> known = new HashSet<>();
        SuffixAutomaton automaton = new SuffixAutomaton(generated.codePoints().toArray());
        String longest = "";
        int longestPoints = 0;
        for (String text : training.texts()) {
            known.addAll(words(text));
            int[] points = text.codePoints().toArray();
            SuffixAutomaton.Match match = automaton.longestMatch(points);
            if (match.length() > longestPoints) {
                longestPoints = match.length();
                longest = new String(points, match.start(), match.length());
            }
        }
        List<String> words = words(generated);
        int found = (int) words.stream().filter(known::contains).count();
        return new CopyReport(words.size(), found, longest);
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (Matcher word = WORD.matcher(text); word.find(); ) {
            words.add(word.group());
        }
        return words;
    }

    /** The share of the words that stand in the training text; 1 if there is no word. */
    public double trainingWordShare() {
        return words == 0 ? 1 : (double) trainingWords / words;
    }

    /** The length of the longest copy in characters (code points). */
    public int longestCopyChars() {
        return longestCopy.codePointCount(0, longestCopy.length());
    }
}
