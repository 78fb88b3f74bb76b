package io.witan.collectives.wire;

import java.lang.foreign.MemorySegment;

/** Takes frames from a transport. */
@FunctionalInterface
public interface FrameHandler {
    /**
     * @param segment memory that holds the frame, valid during the call only
     * @return true if the frame is done with; false to be given it, and nothing after it from its source on this stream,
     *     at a later poll
     */
    boolean onFrame(MemorySegment segment, long at, int length);
}
