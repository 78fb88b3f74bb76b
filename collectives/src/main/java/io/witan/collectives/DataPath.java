package io.witan.collectives;

/** What carries the lanes between ranks of one node. Between nodes it is always Aeron UDP. */
public enum DataPath {
    /** Memory that the node's ranks map: {@link RegisteredBuffer}s are read where they are, other memory is copied. */
    SHARED_MEMORY,
    /** Aeron IPC through the node's media driver. */
    AERON
}
