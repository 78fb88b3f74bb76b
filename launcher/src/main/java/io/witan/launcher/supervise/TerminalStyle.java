package io.witan.launcher.supervise;

/**
 * How to print.
 *
 * @param live progress is one updating line (the output is a terminal), else a line every few steps
 * @param quiet only errors and the final summary
 * @param columns width of the terminal
 */
public record TerminalStyle(boolean live, boolean quiet, int columns) {
    /** System property, set by bin/witan when stdout is a terminal: its width. */
    public static final String COLUMNS_PROPERTY = "witan.columns";

    private static final int PLAIN_COLUMNS = 100;
    private static final int MIN_COLUMNS = 20;

    /** From what bin/witan found out about stdout. */
    public static TerminalStyle detect() {
        int columns = Integer.getInteger(COLUMNS_PROPERTY, 0);
        return new TerminalStyle(columns > 0, false, columns >= MIN_COLUMNS ? columns : PLAIN_COLUMNS);
    }

    /** Prints progress as lines also on a terminal. */
    public TerminalStyle plain() {
        return new TerminalStyle(false, quiet, columns);
    }

    /** Prints errors and the summary only. */
    public TerminalStyle hushed() {
        return new TerminalStyle(live, true, columns);
    }
}
