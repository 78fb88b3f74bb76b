package io.witan.scheduler.fit;

/**
 * t(n) = alpha + n x beta, the model of all operations (FSMoE, section 4.1).
 *
 * @param alphaMs start-up
 * @param betaMs for one unit of size
 */
public record LinearTime(double alphaMs, double betaMs) {
    /** An operation that costs nothing. */
    public static final LinearTime ZERO = new LinearTime(0, 0);

    /** @throws IllegalArgumentException if a number is negative or not finite */
    public LinearTime {
        if (!(alphaMs >= 0) || !Double.isFinite(alphaMs) || !(betaMs >= 0) || !Double.isFinite(betaMs)) {
            throw new IllegalArgumentException(
                    "time of " + alphaMs + " ms + n x " + betaMs + " ms; allowed 0 or more, finite");
        }
    }

    /** Time of an operation that is started, whatever its size. */
    public double ms(double size) {
        return alphaMs + size * betaMs;
    }

    /** As {@link #ms}, but 0 for size 0: what has nothing to do is not started. */
    public double msIfAny(double size) {
        return size > 0 ? ms(size) : 0;
    }

    /** The size that fits a time: (t - alpha) / beta, 0 if not even the start-up fits, infinite if size costs nothing. */
    public double sizeIn(double ms) {
        if (ms <= alphaMs) {
            return 0;
        }
        return betaMs == 0 ? Double.POSITIVE_INFINITY : (ms - alphaMs) / betaMs;
    }

    /** One operation after another, of the same size. */
    public LinearTime plus(LinearTime then) {
        return new LinearTime(alphaMs + then.alphaMs, betaMs + then.betaMs);
    }

    /** Both numbers multiplied: backward of an expert is twice its forward. */
    public LinearTime times(double factor) {
        return new LinearTime(alphaMs * factor, betaMs * factor);
    }
}
