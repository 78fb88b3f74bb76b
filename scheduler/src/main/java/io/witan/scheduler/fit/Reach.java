package io.witan.scheduler.fit;

/** Which ranks take part in a collective together. */
public enum Reach {
    /** All of them, in the run's own ways. */
    ALL,
    /** The ranks of each node among themselves, all nodes at once. */
    IN_NODE,
    /** The ranks of one number on their nodes, all numbers at once. */
    BETWEEN_NODES
}
