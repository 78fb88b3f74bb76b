package io.witan.scheduler.lanes;

/** What can be busy at the same time on a rank. Each lane does one task at a time. */
public enum Lane {
    /** Network between nodes: all-to-all and the all-reduce of gradients. */
    INTER_NODE,
    /** Links inside a node: all-gather and reduce-scatter. */
    INTRA_NODE,
    /** Experts, attention, gate, ordering. */
    COMPUTE
}
