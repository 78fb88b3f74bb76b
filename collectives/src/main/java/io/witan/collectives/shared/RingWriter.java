package io.witan.collectives.shared;

import static io.witan.collectives.shared.RingLayout.*;

import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.FrameLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** The sender's end of a ring. */
final class RingWriter {
    private final MemorySegment ring;
    private final RingLayout layout;
    private final int reader;
    private long position;
    private long taken;
    private long loans;

    /** @param reader the rank at the other end */
    RingWriter(MemorySegment ring, RingLayout layout, int reader) {
        this.ring = ring;
        this.layout = layout;
        this.reader = reader;
    }

    /** False if the reader is a whole ring behind. */
    boolean offer(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        if (isFull()) {
            return false;
        }
        MemorySegment.copy(payload, payloadAt, ring, layout.slotOf(position) + PAYLOAD_AT, payloadBytes);
        publish(header, NO_REGION, 0);
        return true;
    }

    boolean lend(MemorySegment header, long region, long offset) {
        if (isFull()) {
            return false;
        }
        loans++;
        publish(header, region, offset);
        return true;
    }

    /** Loans made so far. */
    long loans() {
        return loans;
    }

    /** Loans given back by the reader. */
    long returned() {
        long returned = read(ring, RETURNED_AT);
        requireCount(returned, loans);
        return returned;
    }

    void recall() {
        write(ring, RECALLED_AT, 1);
        VarHandle.storeStoreFence(); // before the memory changes
    }

    private boolean isFull() {
        if (position - taken >= SLOTS) {
            taken = read(ring, TAKEN_AT);
            requireCount(taken, position);
        }
        return position - taken >= SLOTS;
    }

    private void requireCount(long count, long most) {
        if (count < 0 || count > most) {
            throw new BadPeerException(
                    reader,
                    "shared memory is damaged: rank " + reader + " counts " + count + " of " + most + " frames");
        }
    }

    /** Writes the cache line of the mark last and at one go: the reader polls it, and would take it away in between. */
    private void publish(MemorySegment header, long region, long offset) {
        long slot = layout.slotOf(position);
        for (long at = FrameLayout.HEADER_BYTES - 8; at >= 0; at -= 8) {
            ring.set(ValueLayout.JAVA_LONG, slot + HEADER_AT + at, header.get(ValueLayout.JAVA_LONG, at));
        }
        ring.set(ValueLayout.JAVA_LONG, slot + REGION_AT, region);
        ring.set(ValueLayout.JAVA_LONG, slot + OFFSET_AT, offset);
        position++;
        write(ring, slot + MARK_AT, position);
    }
}
