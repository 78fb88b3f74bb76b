package io.witan.scheduler.fit;

/**
 * One timing.
 *
 * @param size of the operation, in the unit of the fit
 * @param ms that it took
 */
public record Sample(double size, double ms) {
    /** @throws IllegalArgumentException if a number is negative or not finite */
    public Sample {
        if (!(size >= 0) || !Double.isFinite(size) || !(ms >= 0) || !Double.isFinite(ms)) {
            throw new IllegalArgumentException(
                    "sample of size " + size + " took " + ms + " ms; allowed 0 or more, finite");
        }
    }
}
