package io.witan.collectives.aeron;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.protocol.DataHeaderFlyweight;
import io.witan.collectives.wire.FrameLayout;
import java.lang.foreign.MemorySegment;
import org.agrona.BitUtil;

/** Puts frames on one publication, whole or not at all. */
final class FrameWriter {
    private static final byte MIDDLE = 0;

    private final ExclusivePublication publication;
    /** All of memory. */
    private final MemorySegment memory;

    private final int longestFrameBytes;
    private final int fragmentBytes;
    private final BufferClaim claim = new BufferClaim();
    /** Its receiver was lost in the middle of a frame, whose rest nobody can read any more. */
    private boolean severed;

    /** @param longestFragmentedBytes of frames that take several fragments */
    FrameWriter(ExclusivePublication publication, MemorySegment memory, int longestFragmentedBytes) {
        this.publication = publication;
        this.memory = memory;
        this.fragmentBytes = publication.maxPayloadLength();
        this.longestFrameBytes = Math.max(fragmentBytes, longestFragmentedBytes);
    }

    int maxPayloadBytes() {
        return longestFrameBytes - FrameLayout.HEADER_BYTES;
    }

    /** @return a position, or why nothing was written, as {@link ExclusivePublication#tryClaim} gives it */
    long write(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        return FrameLayout.HEADER_BYTES + payloadBytes <= fragmentBytes
                ? writeWhole(header, payload, payloadAt, payloadBytes)
                : writeFragments(header, payload, payloadAt, payloadBytes);
    }

    private long writeWhole(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        long position = claim(FrameLayout.HEADER_BYTES + payloadBytes);
        if (position > 0) {
            long to = claim.buffer().addressOffset() + claim.offset();
            MemorySegment.copy(header, 0, memory, to, FrameLayout.HEADER_BYTES);
            MemorySegment.copy(payload, payloadAt, memory, to + FrameLayout.HEADER_BYTES, payloadBytes);
            claim.commit();
        }
        return position;
    }

    private long writeFragments(MemorySegment header, MemorySegment payload, long payloadAt, int payloadBytes) {
        long window = publication.availableWindow();
        if (window < 0 || severed || window < logBytes(FrameLayout.HEADER_BYTES + payloadBytes)) {
            return window < 0 ? window : Publication.BACK_PRESSURED;
        }
        int head = FrameLayout.HEADER_BYTES;
        int done = 0;
        long position = 0;
        while (done < payloadBytes) {
            int bytes = Math.min(payloadBytes - done, fragmentBytes - head);
            position = claim(head + bytes);
            if (position < 0) {
                severed = true;
                return position;
            }
            long to = claim.buffer().addressOffset() + claim.offset();
            MemorySegment.copy(header, 0, memory, to, head);
            MemorySegment.copy(payload, payloadAt + done, memory, to + head, bytes);
            done += bytes;
            claim.flags(flags(head > 0, done == payloadBytes));
            claim.commit();
            head = 0;
        }
        return position;
    }

    private long claim(int bytes) {
        long position = publication.tryClaim(bytes, claim);
        return position == Publication.ADMIN_ACTION ? publication.tryClaim(bytes, claim) : position;
    }

    /** Room in the log, with that lost where a fragment does not fit the end of a term. */
    private long logBytes(int frameBytes) {
        int fragments = (frameBytes + fragmentBytes - 1) / fragmentBytes;
        int largest = BitUtil.align(fragmentBytes + DataHeaderFlyweight.HEADER_LENGTH, FrameDescriptor.FRAME_ALIGNMENT);
        return (fragments + 1L) * largest;
    }

    private static byte flags(boolean first, boolean last) {
        return (byte)
                ((first ? FrameDescriptor.BEGIN_FRAG_FLAG : MIDDLE) | (last ? FrameDescriptor.END_FRAG_FLAG : MIDDLE));
    }
}
