package io.witan.collectives.aeron;

import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Turns the Aeron fragments of one subscription into frames. A frame in one fragment is handed on where it lies. Of a frame in
 * several, each fragment is handed on at once as a frame of its own, with the header of the first and its own offset: these are
 * copied to a room of one fragment, which stays in the core's cache.
 */
final class FragmentGate implements ControlledFragmentHandler {
    private static final int BEGIN = FrameDescriptor.BEGIN_FRAG_FLAG & 0xff;
    private static final int END = FrameDescriptor.END_FRAG_FLAG & 0xff;

    /** How far a source has got with a frame in several fragments. */
    private static final class Fragmented {
        final MemorySegment header = Arena.ofAuto().allocate(FrameLayout.HEADER_BYTES, 8);
        final Frame frame = new Frame().wrap(header, 0);
        long doneBytes;
        boolean open;
    }

    /** All of memory. */
    private final MemorySegment memory;

    private final MemorySegment room =
            Arena.ofAuto().allocate(FrameLayout.HEADER_BYTES + PeerRoute.LARGEST_DATAGRAM_BYTES, 64);
    private final Frame piece = new Frame();
    private final Int2ObjectHashMap<Fragmented> bySession = new Int2ObjectHashMap<>();
    private Subscription subscription;
    private FrameHandler handler;
    private RuntimeException thrown;
    private int taken;

    FragmentGate(MemorySegment memory) {
        this.memory = memory;
        piece.wrap(memory, room.address());
    }

    void listen(Subscription to) {
        subscription = to;
    }

    /** Returns the frames that the handler took. A refused frame stops its own source only. */
    int poll(FrameHandler frameHandler, int frameLimit) {
        handler = frameHandler;
        taken = 0;
        subscription.controlledPoll(this, frameLimit);
        if (thrown != null) {
            RuntimeException cause = thrown;
            thrown = null;
            throw cause;
        }
        return taken;
    }

    /** Hands on one fragment, as {@link #poll} does those that have arrived; returns whether it was taken. */
    boolean take(FrameHandler frameHandler, DirectBuffer buffer, int length, Header header) {
        handler = frameHandler;
        return onFragment(buffer.addressOffset(), length, header);
    }

    /** A source is gone. On the polling thread. */
    void forget(Image image) {
        bySession.remove(image.sessionId());
    }

    @Override
    public Action onFragment(DirectBuffer buffer, int offset, int length, Header header) {
        if (thrown != null) {
            return Action.ABORT;
        }
        try {
            if (!onFragment(buffer.addressOffset() + offset, length, header)) {
                return Action.ABORT;
            }
            taken++;
            return Action.CONTINUE;
        } catch (RuntimeException cause) {
            // Aeron would hand it to its error handler and go on.
            thrown = cause;
            return Action.ABORT;
        }
    }

    private boolean onFragment(long at, int length, Header header) {
        int flags = header.flags() & (BEGIN | END);
        if (flags == (BEGIN | END)) {
            return handler.onFrame(memory, at, length);
        }
        return (flags & BEGIN) != 0
                ? onFirst(at, length, header.sessionId())
                : onNext(at, length, header.sessionId(), (flags & END) != 0);
    }

    private boolean onFirst(long at, int length, int session) {
        if (length < FrameLayout.HEADER_BYTES) {
            return drop(at);
        }
        Fragmented source = bySession.get(session);
        if (source == null) {
            source = new Fragmented();
            bySession.put(session, source);
        }
        int bytes = length - FrameLayout.HEADER_BYTES;
        MemorySegment.copy(memory, at, source.header, 0, FrameLayout.HEADER_BYTES);
        source.open = source.frame.payloadBytes() > bytes;
        source.doneBytes = 0;
        return source.open ? handOn(source, at + FrameLayout.HEADER_BYTES, bytes) : drop(at);
    }

    private boolean onNext(long at, int bytes, int session, boolean last) {
        Fragmented source = bySession.get(session);
        if (source == null || !source.open || source.doneBytes + bytes > source.frame.payloadBytes()) {
            return drop(at);
        }
        boolean accepted = handOn(source, at, bytes);
        source.open = !(accepted && last);
        return accepted;
    }

    private boolean handOn(Fragmented source, long payloadAt, int bytes) {
        MemorySegment.copy(source.header, 0, room, 0, FrameLayout.HEADER_BYTES);
        MemorySegment.copy(memory, payloadAt, room, FrameLayout.HEADER_BYTES, bytes);
        Frame whole = source.frame;
        piece.part(whole.total(), whole.offset() + source.doneBytes).payloadBytes(bytes);
        boolean accepted = handler.onFrame(memory, room.address(), FrameLayout.HEADER_BYTES + bytes);
        source.doneBytes += accepted ? bytes : 0;
        return accepted;
    }

    /** Not ours: a length of 0 makes the handler count and drop it. */
    private boolean drop(long at) {
        return handler.onFrame(memory, at, 0);
    }
}
