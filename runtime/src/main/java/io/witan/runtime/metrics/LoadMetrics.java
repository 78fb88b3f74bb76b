package io.witan.runtime.metrics;

import java.util.Arrays;

/**
 * How many tokens each expert was given in a step, over all ranks. The array is not copied and must not change.
 *
 * @param topK experts a token; {@link #UNKNOWN_TOP_K} in lines that don't say
 * @param expertLoad [L, E] token assignments
 */
public record LoadMetrics(long step, int topK, long[][] expertLoad) implements MetricsLine {
    public static final int UNKNOWN_TOP_K = 0;

    @Override
    public boolean equals(Object other) {
        return other instanceof LoadMetrics that
                && step == that.step
                && topK == that.topK
                && Arrays.deepEquals(expertLoad, that.expertLoad);
    }

    @Override
    public int hashCode() {
        return (Long.hashCode(step) * 31 + topK) * 31 + Arrays.deepHashCode(expertLoad);
    }
}
