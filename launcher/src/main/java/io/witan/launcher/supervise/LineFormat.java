package io.witan.launcher.supervise;

import io.witan.launcher.message.ProgressLine;

/** How what the launcher prints becomes a line, without its end. */
public interface LineFormat {
    /** A line that a rank wrote. */
    String ofRank(String node, int rank, Level level, String text);

    /** A line of the launcher itself. */
    String ofLauncher(Level level, String text);

    /** Part of the final summary. */
    String summary(String text);

    /** Where the run is. */
    String progress(String node, int rank, ProgressLine progress);

    /** How even the load is, in one line. */
    String balance(String node, int rank, ProgressLine progress);

    /** How bad it is. */
    enum Level {
        INFO,
        ERROR
    }
}
