package io.witan.runtime.trace;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which steps a timeline keeps.
 *
 * @param first least one
 * @param last greatest one
 * @param most of those that ran, the last so many
 */
public record TraceSteps(long first, long last, int most) {
    /** None. */
    static final TraceSteps NONE = new TraceSteps(1, 0, 0);

    private static final int USUAL = 20;
    private static final Pattern RANGE = Pattern.compile("([0-9]{1,18})\\.\\.([0-9]{1,18})");

    /** The last 20 of a run, however it ends. */
    public static TraceSteps usual() {
        return new TraceSteps(1, Long.MAX_VALUE, USUAL);
    }

    /**
     * @param text {@code A..B}, both included
     * @throws IllegalArgumentException in one line if it is something else
     */
    public static TraceSteps parse(String text) {
        Matcher range = RANGE.matcher(text);
        if (!range.matches()) {
            throw new IllegalArgumentException("steps \"" + text + "\"; allowed is A..B, as 100..119");
        }
        long first = Long.parseLong(range.group(1));
        long last = Long.parseLong(range.group(2));
        if (first < 1 || last < first) {
            throw new IllegalArgumentException(
                    "steps \"" + text + "\": allowed are 1 and more, the first no greater than the last");
        }
        return new TraceSteps(first, last, Integer.MAX_VALUE);
    }

    boolean contains(long step) {
        return step >= first && step <= last;
    }

    /** All of them have run when this one has. */
    public boolean endWith(long step) {
        return step == last;
    }
}
