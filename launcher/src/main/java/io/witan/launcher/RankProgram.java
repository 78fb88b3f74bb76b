package io.witan.launcher;

/** What a rank does once its process is up. */
@FunctionalInterface
public interface RankProgram {
    /**
     * Called on the main thread of the rank's process, and again when ranks were lost and all go on. Should look at {@link
     * RankContext#stopRequested()} between steps, then save and return 0; once {@link RankContext#givenUp()}, leave at once,
     * however.
     *
     * @return the exit code: 0, or one of {@link io.witan.launcher.exit.ExitCode}
     * @throws Exception mapped to an exit code and one line by the composition's rules; internal error otherwise
     */
    int run(RankContext context) throws Exception;

    /**
     * What a spare process does before it is needed: the same work on a small scale, in a world of its own all of whose ranks are this
     * process, so that classes are loaded and code is compiled. Leaves nothing behind, and leaves at once when {@link
     * RankContext#givenUp()}: then a rank's job waits.
     *
     * @param context its output folder is a scratch folder, or empty if there is none
     * @throws Exception then the process ends, and is no spare
     */
    default void warmUp(RankContext context) throws Exception {}
}
