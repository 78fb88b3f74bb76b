package io.witan.collectives.engine;

import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** A transport that takes all frames, and has those that a test gives it; a frame that is refused stays. */
final class GivenFrames implements Transport {
    private static final int PAYLOAD_BYTES = 2048;

    private final Deque<byte[]> arrived = new ArrayDeque<>();

    void add(byte[] frame) {
        arrived.add(frame);
    }

    void clear() {
        arrived.clear();
    }

    @Override
    public int maxPayloadBytes(int target) {
        return PAYLOAD_BYTES;
    }

    @Override
    public boolean offer(int target, int stream, MemorySegment header, MemorySegment payload, long at, int bytes) {
        return true;
    }

    @Override
    public int poll(int stream, FrameHandler handler, int frameLimit) {
        int taken = 0;
        while (taken < frameLimit && !arrived.isEmpty()) {
            byte[] frame = arrived.peek();
            if (!handler.onFrame(MemorySegment.ofArray(frame), 0, frame.length)) {
                break;
            }
            arrived.remove();
            taken++;
        }
        return taken;
    }

    @Override
    public void close() {}
}
