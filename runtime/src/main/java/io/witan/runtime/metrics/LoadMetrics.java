package io.witan.runtime.metrics;

import java.util.Arrays;

/**
 * How many tokens each expert was given in a step, over all ranks. The array is not copied and must not change.
 *
 * @param topK assignments of a token: experts, or all shards of its experts; {@link #UNKNOWN_TOP_K} in lines that don't say
 * @param sharding S: shards of an expert, 1 if experts are whole
 * @param expertLoad [L, E S] token assignments, of an expert's shards one after the other
 */
public record LoadMetrics(long step, int topK, int sharding, long[][] expertLoad) implements MetricsLine {
    public static final int UNKNOWN_TOP_K = 0;

    /** Of whole experts. */
    public LoadMetrics(long step, int topK, long[][] expertLoad) {
        this(step, topK, 1, expertLoad);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LoadMetrics that
                && step == that.step
                && topK == that.topK
                && sharding == that.sharding
                && Arrays.deepEquals(expertLoad, that.expertLoad);
    }

    @Override
    public int hashCode() {
        return ((Long.hashCode(step) * 31 + topK) * 31 + sharding) * 31 + Arrays.deepHashCode(expertLoad);
    }
}
