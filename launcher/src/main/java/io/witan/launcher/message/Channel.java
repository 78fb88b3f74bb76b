package io.witan.launcher.message;

/** Which kind of line a rank wrote. */
public enum Channel {
    /** stdout */
    OUT,
    /** stderr */
    ERR,
    /** A {@link ProgressLine}: shown as one updating line on a terminal. */
    PROGRESS,
    /** Shown at the end, without prefix, even when quiet. */
    SUMMARY,
    /** Goes to the rank's log file only. */
    LOG,
    /** For the program that started the ranks: neither shown nor among the last lines. */
    RESULT,
    /** For its agent: an {@link AgentEvent.Lost}; the rank waits for its next job. */
    LOST,
    /** For its agent: the rank has begun the job of that attempt. */
    TAKEN,
    /** For its agent: the rank trains, in that attempt, as it will for long. */
    STEADY,
    /** For its agent: a spare is warm; how long that took. */
    READY;

    /** A control character that no sensible program prints at the start of a line. */
    private static final char MARK = '\u001e';

    /** The line as a rank writes it to its stdout. */
    public String encode(String text) {
        return this == OUT ? text : MARK + name() + " " + text;
    }

    /** The channel of a line on a rank's stdout. */
    public static Channel of(String line) {
        if (!line.isEmpty() && line.charAt(0) == MARK) {
            for (Channel channel : values()) {
                if (line.startsWith(channel.name() + " ", 1)) {
                    return channel;
                }
            }
        }
        return OUT;
    }

    /** The line without its mark. */
    public String decode(String line) {
        return this == OUT || line.isEmpty() || line.charAt(0) != MARK ? line : line.substring(name().length() + 2);
    }
}
