package io.witan.launcher.supervise;

/** What becomes of a run that loses a node: its agent, or the machine. */
public enum NodeLoss {
    /** Its agent is started again, if the launcher has started it; else, or if that fails, the run ends. */
    END,
    /** The ranks of the other nodes go on without those of the lost one, at once. */
    SHRINK
}
