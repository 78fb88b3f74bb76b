package io.witan.models.jiuzhang.data;

import java.util.List;
import java.util.Locale;

/**
 * A maths problem with what is known of it.
 *
 * @param place where it comes from, {@code file:row}
 * @param language of all its texts
 * @param text of the question; not blank
 * @param options to choose from; empty: the question is open
 * @param right number of the right option, from 0; -1 without options
 * @param solution the way to the answer; empty: none is known
 * @param answer what comes out; not blank
 * @param route knowledge points, the widest first; may be empty
 * @param words of the text, where the source has cut it; empty: it has not
 * @param key equal for problems that must not be on both sides of a split: {@link #keyOf} the text, or the text it was made from
 */
public record Problem(
        String place,
        Language language,
        String text,
        List<String> options,
        int right,
        String solution,
        String answer,
        List<String> route,
        List<String> words,
        String key) {
    public Problem {
        options = List.copyOf(options);
        route = List.copyOf(route);
        words = List.copyOf(words);
        if (text.isBlank() || answer.isBlank()) {
            throw new IllegalArgumentException(place + ": a problem without text or answer");
        }
        if (right < -1 || right >= options.size() || right == -1 && !options.isEmpty()) {
            throw new IllegalArgumentException(place + ": option " + right + " of " + options.size());
        }
    }

    /** An open question. */
    static Problem open(JsonPlace from, String text, String solution, String answer) {
        return new Problem(
                from.place(),
                from.language(),
                text,
                List.of(),
                -1,
                solution,
                answer,
                List.of(),
                List.of(),
                keyOf(text));
    }

    /** Where a row stands, and its language. */
    record JsonPlace(String place, Language language) {}

    Problem withRoute(List<String> other) {
        return new Problem(place, language, text, options, right, solution, answer, other, words, key);
    }

    Problem withWords(List<String> other) {
        return new Problem(place, language, text, options, right, solution, answer, route, other, key);
    }

    /** With the key of another text. */
    Problem keyedBy(String other) {
        return new Problem(place, language, text, options, right, solution, answer, route, words, keyOf(other));
    }

    /** A text without white space, in lower case. */
    static String keyOf(String text) {
        return text.replaceAll("\\s+", "").toLowerCase(Locale.ROOT);
    }

    /** The knowledge point on a level, from 1; empty if the route is shorter. */
    public String knowledgePoint(int level) {
        return level <= route.size() ? route.get(level - 1) : "";
    }
}
