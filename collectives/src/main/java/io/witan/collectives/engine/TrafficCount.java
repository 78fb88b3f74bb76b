package io.witan.collectives.engine;

/** Payload bytes of one lane. Guarded by the engine's lock. */
final class TrafficCount {
    private final long[] sent = new long[OpCode.values().length];
    private final long[] received = new long[OpCode.values().length];

    void sent(OpCode code, long bytes) {
        sent[code.ordinal()] += bytes;
    }

    void received(OpCode code, long bytes) {
        received[code.ordinal()] += bytes;
    }

    long[] sent() {
        return sent.clone();
    }

    long[] received() {
        return received.clone();
    }
}
