package io.witan.runtime.train;

/**
 * Learning rate of each step: linear warm-up to the peak, then a schedule down to the minimum at the last step.
 *
 * @param warmupSteps step s of these, from 1, has peak * s / warmupSteps
 * @param steps length of the whole run
 */
public record LearningRate(double peak, double minimum, int warmupSteps, int steps, Schedule schedule) {
    /** Course after warm-up. */
    public enum Schedule {
        /** The peak throughout. */
        CONSTANT,
        /** Straight line to the minimum. */
        LINEAR,
        /** Half a cosine to the minimum. */
        COSINE
    }

    /** @param step from 1 */
    public double at(long step) {
        if (step <= warmupSteps) {
            return peak * step / warmupSteps;
        }
        double progress = Math.min(1, (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps));
        double share =
                switch (schedule) {
                    case CONSTANT -> 1;
                    case LINEAR -> 1 - progress;
                    case COSINE -> 0.5 * (1 + StrictMath.cos(Math.PI * progress));
                };
        return minimum + (peak - minimum) * share;
    }
}
