package io.witan.collectives.shared;

import static io.witan.collectives.shared.RingLayout.*;

import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** The receiver's end of a ring. */
final class RingReader {
    private final MemorySegment ring;
    private final RingLayout layout;
    private final PeerRegions regions;
    private final int writer;
    private final Frame frame = new Frame();
    private long position;
    private long loans;

    /** @param writer the rank at the other end */
    RingReader(MemorySegment ring, RingLayout layout, PeerRegions regions, int writer) {
        this.ring = ring;
        this.layout = layout;
        this.regions = regions;
        this.writer = writer;
    }

    /** @throws BadPeerException if a frame cannot be what its writer meant */
    int poll(FrameHandler handler, int frameLimit) {
        int frames = 0;
        while (frames < frameLimit) {
            long slot = layout.slotOf(position);
            if (read(ring, slot + MARK_AT) != position + 1 || !give(slot, handler)) {
                break;
            }
            position++;
            write(ring, TAKEN_AT, position);
            frames++;
        }
        return frames;
    }

    /** All loans taken have been read. False if the writer recalled them before that. */
    boolean giveBack() {
        VarHandle.acquireFence();
        boolean recalled = read(ring, RECALLED_AT) != 0;
        write(ring, RETURNED_AT, loans);
        return !recalled;
    }

    private boolean give(long slot, FrameHandler handler) {
        long region = ring.get(ValueLayout.JAVA_LONG, slot + REGION_AT);
        int payloadBytes = frame.wrap(ring, slot + HEADER_AT).payloadBytes();
        if (region == NO_REGION) {
            return giveCopy(slot, payloadBytes, handler);
        }
        if (payloadBytes <= 0) {
            throw damaged("lends " + payloadBytes + " B");
        }
        long offset = ring.get(ValueLayout.JAVA_LONG, slot + OFFSET_AT);
        if (!handler.onLoan(ring, slot + HEADER_AT, regions.lent(region, offset, payloadBytes), offset)) {
            return false;
        }
        loans++;
        return true;
    }

    private boolean giveCopy(long slot, int payloadBytes, FrameHandler handler) {
        if (payloadBytes < 0 || payloadBytes > layout.roomBytes()) {
            throw damaged("payload of " + payloadBytes + " B");
        }
        return handler.onFrame(ring, slot + HEADER_AT, FrameLayout.HEADER_BYTES + payloadBytes);
    }

    private BadPeerException damaged(String how) {
        return new BadPeerException(writer, "shared memory of rank " + writer + " is damaged: " + how);
    }
}
