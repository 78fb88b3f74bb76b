package io.witan.launcher.message;

import java.util.List;

/**
 * Rank 0's progress.
 *
 * @param step steps done, from 1
 * @param steps steps of the run
 * @param text what to show
 * @param balance how even the load is: one line that sums it up, then the rows of a table; empty: as before
 */
public record ProgressLine(long step, long steps, String text, List<String> balance) {
    private static final int MAX_DIGITS = 18;

    /** Separates the parts; no sensible text holds it. */
    private static final String SEPARATOR = "\u001f";

    public ProgressLine {
        balance = List.copyOf(balance);
    }

    /** Progress that tells nothing of the balance. */
    public ProgressLine(long step, long steps, String text) {
        this(step, steps, text, List.of());
    }

    /** One line of text, to be sent on {@link Channel#PROGRESS}. */
    public String encode() {
        String line = step + "/" + steps + " " + text;
        return balance.isEmpty() ? line : line + SEPARATOR + String.join(SEPARATOR, balance);
    }

    /** Never fails: text that is not a progress line becomes one with step 0 of 0. */
    public static ProgressLine decode(String line) {
        int slash = line.indexOf('/');
        int space = line.indexOf(' ', slash + 1);
        if (slash > 0 && space > slash && digits(line, 0, slash) && digits(line, slash + 1, space)) {
            long step = Long.parseLong(line, 0, slash, 10);
            long steps = Long.parseLong(line, slash + 1, space, 10);
            List<String> parts = List.of(line.substring(space + 1).split(SEPARATOR, -1));
            return new ProgressLine(step, steps, parts.getFirst(), parts.subList(1, parts.size()));
        }
        return new ProgressLine(0, 0, line);
    }

    private static boolean digits(String line, int from, int to) {
        return to > from
                && to - from <= MAX_DIGITS
                && line.substring(from, to).chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
