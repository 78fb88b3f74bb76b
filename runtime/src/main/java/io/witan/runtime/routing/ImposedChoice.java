package io.witan.runtime.routing;

/** Chooses the experts of the tokens of one layer in the router's place. */
public interface ImposedChoice {
    /**
     * @param step from 1
     * @param token number of the token in the step, over all ranks and micro-batches
     * @param chosen K different experts, out
     */
    void choose(long step, long token, int[] chosen);
}
