package io.witan.collectives;

import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import io.witan.collectives.wire.TransportException;
import java.lang.foreign.MemorySegment;

/** One rank's end of an in-memory network. */
final class MemoryTransport implements Transport {
    private final InMemoryNetwork network;
    private final int rank;
    private final int maxPayloadBytes;
    private final long diesAfter;
    private final long muteAfter;
    private long dataFrames;
    private boolean dead;

    MemoryTransport(InMemoryNetwork network, int rank, int maxPayloadBytes, long diesAfter, long muteAfter) {
        this.network = network;
        this.rank = rank;
        this.maxPayloadBytes = maxPayloadBytes;
        this.diesAfter = diesAfter;
        this.muteAfter = muteAfter;
    }

    @Override
    public int maxPayloadBytes(int target) {
        return maxPayloadBytes;
    }

    @Override
    public boolean offer(
            int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        boolean isData = stream != CONTROL_STREAM;
        requireAlive(isData);
        if (isData && dataFrames >= muteAfter) {
            return true;
        }
        boolean taken = network.link(rank, target, stream).offer(header, payload, payloadAt, payloadBytes);
        if (taken && isData) {
            dataFrames++;
        }
        return taken;
    }

    @Override
    public int poll(int stream, FrameHandler handler, int frameLimit) {
        requireAlive(false);
        int taken = 0;
        for (int source = 0; source < network.rankCount(); source++) {
            if (source != rank) {
                taken += network.link(source, rank, stream).poll(handler, frameLimit);
            }
        }
        return taken;
    }

    @Override
    public void close() {}

    private void requireAlive(boolean sendsData) {
        dead |= sendsData && dataFrames >= diesAfter;
        if (dead) {
            throw new TransportException("killed by the fault plan after " + dataFrames + " data frames");
        }
    }
}
