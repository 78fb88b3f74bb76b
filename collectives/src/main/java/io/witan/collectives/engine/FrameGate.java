package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import java.lang.foreign.MemorySegment;

/** Lets in frames of this run for this rank and counts the others, which are dropped unread. */
final class FrameGate {
    private final World world;
    private final Frame frame = new Frame();
    private long droppedFrames;

    FrameGate(World world) {
        this.world = world;
    }

    long droppedFrames() {
        return droppedFrames;
    }

    /** The control frame at that place; null if it is to be dropped. The view is reused. */
    Frame control(MemorySegment segment, long at, int length) {
        frame.wrap(segment, at);
        return counted(belongs(length) && frame.type() != FrameType.DATA && isPeer());
    }

    /** As {@link #control} for a data frame of one lane. */
    Frame data(int lane, MemorySegment segment, long at, int length) {
        frame.wrap(segment, at);
        return counted(belongs(length) && frame.type() == FrameType.DATA && frame.lane() == lane && isPeer());
    }

    /** As {@link #data}, where the payload lies elsewhere. */
    Frame lent(int lane, MemorySegment segment, long at) {
        return data(
                lane,
                segment,
                at,
                FrameLayout.HEADER_BYTES + frame.wrap(segment, at).payloadBytes());
    }

    /** As {@link #control}, but lets in a HELLO of any version and from any rank, for the rendezvous to judge. */
    Frame greeting(MemorySegment segment, long at, int length) {
        frame.wrap(segment, at);
        boolean whole = frame.isWhole(length) && frame.runId() == world.runId();
        return counted(whole && (frame.type() == FrameType.HELLO || belongs(length) && isPeer()));
    }

    private boolean belongs(int length) {
        return frame.isWhole(length)
                && frame.version() == FrameLayout.VERSION
                && frame.runId() == world.runId()
                && frame.target() == world.rank();
    }

    private boolean isPeer() {
        return frame.source() >= 0 && frame.source() < world.size() && frame.source() != world.rank();
    }

    private Frame counted(boolean accepted) {
        if (!accepted) {
            droppedFrames++;
        }
        return accepted ? frame : null;
    }
}
