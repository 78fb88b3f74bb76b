package io.witan.launcher.message;

/**
 * A rank process's order: the first line on its stdin, and each further one, which takes the place of the one before.
 *
 * @param sharedBytes most that the rank may take of the node's shared memory for registered buffers
 * @param aeronDirectory the node's transport driver; empty: none was started, as the world has one rank
 * @param configFile the resolved configuration
 */
public record RankJob(
        RunSpec run, String node, int rank, int threads, long sharedBytes, String aeronDirectory, String configFile) {}
