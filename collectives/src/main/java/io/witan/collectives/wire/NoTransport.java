package io.witan.collectives.wire;

import java.lang.foreign.MemorySegment;

/** The transport of a world of one rank: nobody to send to. */
public final class NoTransport implements Transport {
    @Override
    public int maxPayloadBytes(int target) {
        throw new TransportException("a world of one rank has no rank " + target);
    }

    @Override
    public boolean offer(
            int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        throw new TransportException("a world of one rank has no rank " + target);
    }

    @Override
    public int poll(int stream, FrameHandler handler, int frameLimit) {
        return 0;
    }

    @Override
    public void close() {}
}
