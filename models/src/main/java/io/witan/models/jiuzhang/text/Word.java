package io.witan.models.jiuzhang.text;

/**
 * A word of a text.
 *
 * @param text without white space
 * @param kind what it is for the structure of the text
 * @param spaced whether white space stands before it
 */
public record Word(String text, Kind kind, boolean spaced) {
    /** What a word is for the structure of a text. */
    public enum Kind {
        PLAIN,
        /** A comma or stop: a sentence ends with it. */
        STOP,
        /** Dollar signs: a formula stands between two of them. */
        DOLLAR,
        /** A token that is no text; never masked. */
        FIXED
    }
}
