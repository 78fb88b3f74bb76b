package io.witan.runtime.train;

/**
 * What a step or an evaluation gave of one task, over all ranks. The array is not copied and must not change.
 *
 * @param task its name
 * @param nllSum summed loss of its targets in nats
 * @param targets predicted tokens
 * @param expertLoad assignments of each expert by its tokens, layers x experts; of an evaluation no layers
 */
public record TaskResult(String task, double nllSum, long targets, long[][] expertLoad) {
    /** Mean loss of a token in nats; 0 if the task had none. */
    public double perToken() {
        return nllSum / Math.max(1, targets);
    }
}
