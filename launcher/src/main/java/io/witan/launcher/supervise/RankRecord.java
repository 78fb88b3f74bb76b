package io.witan.launcher.supervise;

/** Where a rank runs; one entry of ranks.json. */
public record RankRecord(int rank, String node, long pid, String log) {}
