package io.witan.runtime.train;

/**
 * A phase in its run.
 *
 * @param number from 0
 * @param count phases of the run
 * @param firstStep its first step, as the run counts them from 1
 */
public record PhasePlace(TrainingPhase phase, int number, int count, long firstStep) {
    /** The step of the phase, from 1, that a step of the run is. */
    public long stepOf(long step) {
        return step - firstStep + 1;
    }

    /** Its last step, as the run counts them. */
    public long lastStep() {
        return firstStep + phase.steps() - 1;
    }
}
