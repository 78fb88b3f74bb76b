package io.witan.collectives.dense;

/** Levels of parts, which begin at 0 with what ranks have, and ascend in every message. */
final class Levels {
    /** Sums of the ranks of a node. */
    static final int NODE_SUMS = 1;
    /** Shares of a root's buffer, between the nodes that got them. */
    static final int SHARED_OUT = 1;
    /** Sums of all. */
    static final int SUMS = 2;
    /** What deputies pass on inside their nodes. */
    static final int PASSED_ON = 3;

    private Levels() {}
}
