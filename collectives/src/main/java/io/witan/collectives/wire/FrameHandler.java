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

    /**
     * As {@link #onFrame} for a frame whose payload is lent.
     *
     * @param lent memory of the source, in which the payload begins at {@code lentAt}, to be read until the loan is given back
     */
    default boolean onLoan(MemorySegment segment, long at, MemorySegment lent, long lentAt) {
        throw new IllegalStateException("a control frame cannot be lent");
    }
}
