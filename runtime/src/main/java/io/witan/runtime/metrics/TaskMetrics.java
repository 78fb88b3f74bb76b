package io.witan.runtime.metrics;

import java.util.Arrays;

/**
 * One task's part of a training step over all ranks. The array is not copied and must not change.
 *
 * @param task its name
 * @param loss mean cross-entropy of its targets, nats a token
 * @param targets predicted tokens
 * @param expertLoad [L, E] assignments of its tokens
 */
public record TaskMetrics(long step, String task, double loss, long targets, long[][] expertLoad)
        implements MetricsLine {
    @Override
    public boolean equals(Object other) {
        return other instanceof TaskMetrics that
                && step == that.step
                && task.equals(that.task)
                && Double.compare(loss, that.loss) == 0
                && targets == that.targets
                && Arrays.deepEquals(expertLoad, that.expertLoad);
    }

    @Override
    public int hashCode() {
        return ((Long.hashCode(step) * 31 + task.hashCode()) * 31 + Double.hashCode(loss)) * 31
                + Arrays.deepHashCode(expertLoad);
    }
}
