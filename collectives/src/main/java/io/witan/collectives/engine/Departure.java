package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Leaving without cutting off bytes that peers still need: the leaver says how many operations it has completed on each
 * lane, and a peer answers when it has completed as many or has failed or leaves too.
 */
final class Departure {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final World world;
    private final long[][] completedBy;
    private final boolean[] ackOwed;
    private final boolean[] leaveOwed;
    private final boolean[] released;

    Departure(World world) {
        this.world = world;
        this.completedBy = new long[world.size()][];
        this.ackOwed = new boolean[world.size()];
        this.leaveOwed = new boolean[world.size()];
        this.released = new boolean[world.size()];
    }

    /** This rank leaves. */
    void leave() {
        Arrays.fill(leaveOwed, true);
    }

    void peerLeft(Frame frame, MemorySegment segment) {
        int peer = frame.source();
        long[] completed = new long[world.laneCount()];
        if (frame.payloadBytes() == completed.length * Long.BYTES) {
            for (int lane = 0; lane < completed.length; lane++) {
                completed[lane] = segment.get(LONG, frame.payloadAt() + (long) lane * Long.BYTES);
            }
        }
        completedBy[peer] = completed;
        ackOwed[peer] = true;
        released[peer] = true;
    }

    void peerAcknowledged(int peer) {
        released[peer] = true;
    }

    boolean hasLeft(int peer) {
        return completedBy[peer] != null;
    }

    /** A peer that left before an operation which still needs it; -1 if there is none. */
    int missedBy(Lane lane, int index) {
        for (int peer = 0; lane.current() != null && peer < completedBy.length; peer++) {
            boolean gone = hasLeft(peer) && lane.current().sequence() >= completedBy[peer][index];
            if (gone && lane.needs(peer)) {
                return peer;
            }
        }
        return -1;
    }

    /** Sends LEAVE and answers to LEAVE; returns the frames sent. */
    int tell(FrameSender sender, PeerWatch watch, Lane[] lanes, boolean finished) {
        int sent = 0;
        for (int peer = 0; peer < ackOwed.length; peer++) {
            if (peer == world.rank()) {
                continue;
            }
            if (leaveOwed[peer]
                    && !(watch.isGone(peer) && !hasLeft(peer))
                    && sender.control(peer, FrameType.LEAVE, encode(sender, lanes))) {
                leaveOwed[peer] = false;
                sent++;
            }
            if (ackOwed[peer]
                    && (finished || hasCaughtUp(peer, lanes))
                    && sender.control(peer, FrameType.LEAVE_ACK, 0)) {
                ackOwed[peer] = false;
                sent++;
            }
        }
        return sent;
    }

    /** True when no peer that is still there needs this rank. */
    boolean isReleased(PeerWatch watch) {
        for (int peer = 0; peer < released.length; peer++) {
            if (!watch.isGone(peer) && watch.isKnown(peer) && !released[peer]) {
                return false;
            }
        }
        return true;
    }

    private boolean hasCaughtUp(int peer, Lane[] lanes) {
        for (int lane = 0; lane < lanes.length; lane++) {
            if (lanes[lane].completed() < completedBy[peer][lane]) {
                return false;
            }
        }
        return true;
    }

    private static int encode(FrameSender sender, Lane[] lanes) {
        for (int lane = 0; lane < lanes.length; lane++) {
            sender.payload().set(LONG, (long) lane * Long.BYTES, lanes[lane].completed());
        }
        return lanes.length * Long.BYTES;
    }
}
