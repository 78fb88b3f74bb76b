package io.witan.launcher.supervise;

import java.util.Locale;

/** What the launcher knows of a rank. */
public enum RankState {
    /** Its process is not there yet. */
    STARTING,
    ALIVE,
    /** It lost others and waits for its next job. */
    WAITING,
    /** Its process is gone or silent; another one takes its place. */
    LOST,
    /** It did all that it had to do. */
    ENDED,
    /** It ended with another exit code than 0. */
    FAILED;

    /** In lower case, as people and files read it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
