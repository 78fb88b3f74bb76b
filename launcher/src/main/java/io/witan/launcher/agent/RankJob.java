package io.witan.launcher.agent;

/**
 * A rank process's order, the first line on its stdin.
 *
 * @param aeronDirectory the node's transport driver; empty: none was started, as the world has one rank
 * @param configFile the resolved configuration
 */
public record RankJob(RunSpec run, String node, int rank, int threads, String aeronDirectory, String configFile) {}
