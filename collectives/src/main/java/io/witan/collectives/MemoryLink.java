package io.witan.collectives;

import io.witan.collectives.wire.FrameHandler;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/** Frames on their way from one rank to another on one stream of an in-memory network; bounded. Thread safe. */
class MemoryLink {
    static final int CAPACITY_FRAMES = 16;

    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
    private final ArrayDeque<byte[]> spare = new ArrayDeque<>();

    /** Takes a frame; false when too many are on their way. */
    synchronized boolean offer(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        if (arrived.size() >= CAPACITY_FRAMES) {
            return false;
        }
        arrived.add(copyOf(header, payload, payloadAt, payloadBytes));
        return true;
    }

    /** Gives frames to the handler, in order, until it refuses one. */
    synchronized int poll(FrameHandler handler, int frameLimit) {
        int taken = 0;
        while (taken < frameLimit && !arrived.isEmpty()) {
            byte[] frame = arrived.peek();
            if (!handler.onFrame(MemorySegment.ofArray(frame), 0, frame.length)) {
                break;
            }
            arrived.remove();
            recycle(frame);
            taken++;
        }
        return taken;
    }

    final byte[] copyOf(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        int headerBytes = (int) header.byteSize();
        int length = headerBytes + payloadBytes;
        byte[] frame = spare.peek() != null && spare.peek().length == length ? spare.poll() : new byte[length];
        MemorySegment copy = MemorySegment.ofArray(frame);
        MemorySegment.copy(header, 0, copy, 0, headerBytes);
        MemorySegment.copy(payload, payloadAt, copy, headerBytes, payloadBytes);
        return frame;
    }

    final void recycle(byte[] frame) {
        if (spare.size() < CAPACITY_FRAMES) {
            spare.push(frame);
        }
    }
}
