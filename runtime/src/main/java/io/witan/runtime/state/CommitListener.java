package io.witan.runtime.state;

/** Hears of each step that was committed, on the training thread. */
@FunctionalInterface
public interface CommitListener {
    /**
     * The slot stays as it is until the step after the next one is written.
     *
     * @param engineState what was committed with the step; not to be changed
     */
    void committed(long step, int slot, byte[] engineState);
}
