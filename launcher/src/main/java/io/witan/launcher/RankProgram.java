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
}
