package io.witan.collectives.engine;

/** Payload bytes of one lane. Guarded by the engine's lock. */
final class TrafficCount {
    private final long[] sent = new long[OpCode.values().length];
    private final long[] received = new long[OpCode.values().length];
    private long inPlaceBytes;

    void sent(OpCode code, long bytes) {
        sent[code.ordinal()] += bytes;
    }

    void received(OpCode code, long bytes) {
        received[code.ordinal()] += bytes;
    }

    void readInPlace(long bytes) {
        inPlaceBytes += bytes;
    }

    long sent(OpCode code) {
        return sent[code.ordinal()];
    }

    long inPlaceBytes() {
        return inPlaceBytes;
    }

    long[] sent() {
        return sent.clone();
    }

    long[] received() {
        return received.clone();
    }
}
