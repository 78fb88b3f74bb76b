package io.witan.scheduler.fit;

/**
 * What became known of a rank that takes longer for its own work than the others.
 *
 * @param factor its time over the median rank's, median of the window
 * @param ownSeconds its time a step, median of the window
 * @param medianSeconds the median rank's, median of the window
 */
public record Straggler(int rank, News news, double factor, double ownSeconds, double medianSeconds) {
    /** Why it is told. */
    public enum News {
        /** It has become one. */
        SLOW,
        /** It is one still, by another factor. */
        CHANGED,
        /** It was one. */
        RECOVERED
    }
}
