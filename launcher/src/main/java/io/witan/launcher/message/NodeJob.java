package io.witan.launcher.message;

/** A node agent's order: the run, and which of its nodes this one is. */
public record NodeJob(RunSpec run, int node, String name) {
    public int firstRank() {
        return run.firstRank(node);
    }

    public int ranks() {
        return run.ranksPerNode().get(node);
    }
}
