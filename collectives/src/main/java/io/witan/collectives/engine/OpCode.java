package io.witan.collectives.engine;

/** The operations; the ordinal goes over the wire. */
public enum OpCode {
    BARRIER("barrier"),
    BROADCAST("broadcast"),
    ALL_REDUCE("allReduce"),
    ALL_GATHER("allGather"),
    ALL_GATHER_V("allGatherV"),
    REDUCE_SCATTER_V("reduceScatterV"),
    ALL_TO_ALL_V("allToAllV"),
    SPARSE_ALL_GATHER("sparseAllGather"),
    SPARSE_REDUCE_SCATTER("sparseReduceScatter"),
    REDUCE("reduce");

    private static final OpCode[] ALL = values();

    private final String label;

    OpCode(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** The name of a code that came over the wire. */
    static String label(int code) {
        return code >= 0 && code < ALL.length ? ALL[code].label : "unknown operation " + code;
    }

    boolean isSparse() {
        return this == SPARSE_ALL_GATHER || this == SPARSE_REDUCE_SCATTER;
    }
}
