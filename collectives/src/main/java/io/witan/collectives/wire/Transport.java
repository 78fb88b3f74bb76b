package io.witan.collectives.wire;

import java.lang.foreign.MemorySegment;

/**
 * One rank's way to its peers. Frames of one (source, target, stream) arrive in order, at most once and unchanged; a frame
 * that was taken arrives unless a process or the transport dies. Stream 0 is control, stream 1 + k is lane k. Not thread safe.
 */
public interface Transport extends AutoCloseable {
    int CONTROL_STREAM = 0;

    /** Longest payload of one frame to that rank. */
    int maxPayloadBytes(int target);

    /**
     * Hands over one frame, which is copied.
     *
     * @param header of {@link FrameLayout#HEADER_BYTES}
     * @return false under back pressure or while the target is not connected: nothing was taken, try again later
     * @throws TransportException if the transport is broken
     */
    boolean offer(
            int target, int stream, MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes);

    /**
     * Gives frames that have arrived on a stream to the handler.
     *
     * @return frames given and taken
     * @throws TransportException if the transport is broken
     */
    int poll(int stream, FrameHandler handler, int frameLimit);

    /** Does not wait for peers. */
    @Override
    void close();
}
