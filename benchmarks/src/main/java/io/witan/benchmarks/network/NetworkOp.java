package io.witan.benchmarks.network;

/** What is timed; {@code S} is the volume of the run. Each direction that is used carries S bytes at least. */
enum NetworkOp {
    /** S bytes from one node to the other by a publication and a subscription. */
    STREAM(true),
    /** S bytes each way at once. */
    STREAMS(false),
    /** Chunks of S bytes together, all owned on node 0, to all ranks. */
    SPARSE_ALL_GATHER(true),
    /** The same plan backwards: from node 1, summed there before. */
    SPARSE_REDUCE_SCATTER(true),
    /** 2 S bytes in all, an equal part a rank. */
    ALL_GATHER(false),
    /** Of S bytes: each node sends half its sums and then half of the result. */
    ALL_REDUCE(false);

    private final boolean oneWay;

    NetworkOp(boolean oneWay) {
        this.oneWay = oneWay;
    }

    boolean isRaw() {
        return this == STREAM || this == STREAMS;
    }

    /** The stream that an operation is set against. */
    NetworkOp rival() {
        return oneWay ? STREAM : STREAMS;
    }

    long bytesBothWays(long volumeBytes) {
        return volumeBytes * (oneWay ? 1 : 2);
    }
}
