package io.witan.scheduler.gradient;

/**
 * A stretch of backward.
 *
 * @param host what runs in it
 * @param readyBytes gradients that may travel from its start on and not before
 */
public record GradientSegment(GradientHost host, long readyBytes) {
    /** @throws IllegalArgumentException for negative bytes */
    public GradientSegment {
        if (readyBytes < 0) {
            throw new IllegalArgumentException(readyBytes + " B of gradients; allowed 0 or more");
        }
    }
}
