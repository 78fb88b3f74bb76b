package io.witan.runtime.engine;

/**
 * Where a pass stands in its run, and the step's denominators over all ranks and micro-batches, so that losses do not
 * depend on how a batch is split.
 *
 * @param step from 1; 0 outside of training
 * @param firstToken number in the step of this rank's first token of this micro-batch, over all ranks and micro-batches
 * @param targets predicted tokens of the step
 * @param tokens input tokens of the step
 * @param microBatch 0 .. microBatches - 1
 * @param tasks of this rank's tokens
 * @param taskTargets predicted tokens of the step by task; empty: there are no tasks. Not copied, must not change
 */
public record StepContext(
        long step,
        long firstToken,
        long targets,
        long tokens,
        int microBatch,
        int microBatches,
        TokenTasks tasks,
        long[] taskTargets) {
    /** Without tasks. */
    public StepContext(long step, long firstToken, long targets, long tokens, int microBatch, int microBatches) {
        this(step, firstToken, targets, tokens, microBatch, microBatches, TokenTasks.NONE, new long[0]);
    }

    /** A pass without gradients. */
    public static StepContext evaluation() {
        return new StepContext(0, 0, 1, 1, 0, 1);
    }

    /** The same for tokens of these tasks. */
    public StepContext withTasks(TokenTasks others) {
        return new StepContext(step, firstToken, targets, tokens, microBatch, microBatches, others, taskTargets);
    }

    /** The same in a step with so many targets of each task. */
    public StepContext withTaskTargets(long[] ofTasks) {
        return new StepContext(step, firstToken, targets, tokens, microBatch, microBatches, tasks, ofTasks);
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
