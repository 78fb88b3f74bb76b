package io.witan.launcher.agent;

/**
 * Rank 0's progress.
 *
 * @param step steps done, from 1
 * @param steps steps of the run
 * @param text what to show
 */
public record ProgressLine(long step, long steps, String text) {
    private static final int MAX_DIGITS = 18;

    /** One line of text, to be sent on {@link Channel#PROGRESS}. */
    public String encode() {
        return step + "/" + steps + " " + text;
    }

    /** Never fails: text that is not a progress line becomes one with step 0 of 0. */
    public static ProgressLine decode(String line) {
        int slash = line.indexOf('/');
        int space = line.indexOf(' ', slash + 1);
        if (slash > 0 && space > slash && digits(line, 0, slash) && digits(line, slash + 1, space)) {
            long step = Long.parseLong(line, 0, slash, 10);
            long steps = Long.parseLong(line, slash + 1, space, 10);
            return new ProgressLine(step, steps, line.substring(space + 1));
        }
        return new ProgressLine(0, 0, line);
    }

    private static boolean digits(String line, int from, int to) {
        return to > from
                && to - from <= MAX_DIGITS
                && line.substring(from, to).chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
