package io.witan.scheduler.policy;

/**
 * Decides where experts are during training. Before each step the engine asks {@link #place}, in each layer its
 * {@link StepPlacement#afterGate}, and after a step where {@link #looksAtOwners}, {@link #reshard}. Any thread; the same arguments
 * always give the same answer.
 */
public interface PlacementPolicy {
    /** The copies of every layer for the step that begins, and what may add to them. */
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
     * placement names owner has no meaning; nothing is added after the gate, and {@link #reshard} changes nothing.
     */
    default boolean slicesExperts() {
        return false;
    }
}
