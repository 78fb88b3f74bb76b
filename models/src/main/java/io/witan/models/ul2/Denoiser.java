package io.witan.models.ul2;

/** The seven denoisers (UL2, arXiv 2205.05131): how much of a text is hidden, and in how many spans. */
public enum Denoiser {
    /** Few spans of 3. */
    R3(Mode.R, 15, 3),
    /** Few spans of 8. */
    R8(Mode.R, 15, 8),
    /** The end of the text. */
    S(Mode.S, 25, Denoiser.ONE_SPAN),
    /** Many spans of 3. */
    X3(Mode.X, 50, 3),
    /** Many spans of 8. */
    X8(Mode.X, 50, 8),
    /** Spans of 64, half of the text. */
    X64(Mode.X, 50, 64),
    /** Spans of 64, little of the text. */
    X64_FEW(Mode.X, 15, 64);

    /** As a mean length: all that is hidden is one span, however long. */
    private static final int ONE_SPAN = Integer.MAX_VALUE;

    private static final int PERCENT = 100;

    private final Mode mode;
    private final int percent;
    private final int meanSpan;

    /**
     * @param percent of the tokens that are hidden
     * @param meanSpan mean length of a span in tokens
     */
    Denoiser(Mode mode, int percent, int meanSpan) {
        this.mode = mode;
        this.percent = percent;
        this.meanSpan = meanSpan;
    }

    /** Its kind. */
    public Mode mode() {
        return mode;
    }

    /** Hidden tokens of a text of n: the nearest whole number, but some are hidden, and of two and more some are kept. @param n at least 1 */
    public int hidden(int n) {
        int nearest = (n * percent + PERCENT / 2) / PERCENT;
        return Math.clamp(nearest, 1, Math.max(1, n - 1));
    }

    /** Spans of a text of n: the whole number that is nearest to n times rate over mean length, at least 1. @param n at least 1 */
    public int spans(int n) {
        long whole = 2L * PERCENT * meanSpan;
        return (int) Math.max(1, (2L * n * percent + PERCENT * (long) meanSpan) / whole);
    }

    /** For people. */
    String words() {
        return meanSpan == ONE_SPAN ? "the last " + percent + " %" : percent + " % in spans of " + meanSpan;
    }
}
