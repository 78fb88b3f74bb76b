package io.witan.runtime.metrics;

import java.util.Arrays;

/**
 * How many tokens each expert was given in a step, over all ranks. The array is not copied and must not change.
 *
 * @param expertLoad [L, E] token assignments
 */
public record LoadMetrics(long step, long[][] expertLoad) implements MetricsLine {
    @Override
    public boolean equals(Object other) {
        return other instanceof LoadMetrics that && step == that.step && Arrays.deepEquals(expertLoad, that.expertLoad);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(step) * 31 + Arrays.deepHashCode(expertLoad);
    }
}
