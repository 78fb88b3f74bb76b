package io.witan.scheduler.policy;

import io.witan.scheduler.plan.Placement;

/**
 * Decides where experts are during training. In each step the engine asks {@link #place}, then in each layer, where
 * {@link #decidesAfterGate}, {@link #afterGate}; and after a step where {@link #looksAtOwners}, {@link #reshard}. Any thread; the same
 * arguments always give the same answer.
 */
public interface PlacementPolicy {
    /** The copies of every layer for the step that begins. */
    StepPlacement place(StepInput input);

    /** True if {@link #reshard} is asked after this step, from 1. */
    default boolean looksAtOwners(long step) {
        return false;
    }

    /**
     * Owners from the next step on. Parameters and optimizer state of every expert whose owner changes move at the step's end.
     * Every rank keeps its number of experts over all layers.
     *
     * @return owner[l][e], a new array, or {@link ReshardInput#owners} itself if all stay
     */
    default int[][] reshard(ReshardInput input) {
        return input.owners();
    }

    /** True if {@link #place} reads {@link StepInput#previous}, which is then saved with the state of a run. */
    default boolean looksBack() {
        return false;
    }

    /**
     * True if experts have no owner: every rank owns a slice of each, parameters and optimizer state
     * ({@link io.witan.scheduler.plan.ExpertSlices}). {@link #place} then says who holds an expert, and which of the holders a
     * placement names owner has no meaning; {@link #reshard} and {@link #afterGate} change nothing.
     */
    default boolean slicesExperts() {
        return false;
    }

    /** True if {@link #afterGate} may add copies, for which every layer then waits. */
    default boolean decidesAfterGate() {
        return false;
    }

    /**
     * Copies to add once the true loads of a layer are known; the layer waits for them.
     *
     * @param planned what {@link #place} decided for the layer
     * @param wide that, with what earlier micro-batches of the step have added
     * @param counts counts[s][e] = token assignments of source rank s to expert e in this micro-batch; read only
     * @return a placement that contains {@code wide}, or {@code wide} itself
     */
    default Placement afterGate(int layer, Placement planned, Placement wide, int[][] counts) {
        return wide;
    }
}
