package io.witan.runtime.engine;

/**
 * Where a pass stands in its step, and the step's denominators over all ranks and micro-batches, so that losses do not
 * depend on how a batch is split.
 *
 * @param targets predicted tokens of the step
 * @param tokens input tokens of the step
 * @param microBatch 0 .. microBatches - 1
 */
public record StepContext(long targets, long tokens, int microBatch, int microBatches) {
    /** A pass without gradients. */
    public static StepContext evaluation() {
        return new StepContext(1, 1, 0, 1);
    }

    /** Factor on the gradient of a token's loss. */
    public float perTarget() {
        return (float) (1.0 / Math.max(1, targets));
    }

    /** True when gradients are complete after this backward. */
    public boolean isLastMicroBatch() {
        return microBatch == microBatches - 1;
    }
}
