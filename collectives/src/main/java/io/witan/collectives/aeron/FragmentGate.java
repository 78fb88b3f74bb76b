package io.witan.collectives.aeron;

import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import io.witan.collectives.wire.FrameHandler;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;

/** Turns Aeron fragments into frames: every frame of ours is one fragment. */
final class FragmentGate implements ControlledFragmentHandler {
    private final MemorySegment memory;
    private FrameHandler handler;
    private RuntimeException thrown;
    private int taken;

    FragmentGate(MemorySegment memory) {
        this.memory = memory;
    }

    /** Returns the frames that the handler took. A refused frame stops its own source only. */
    int poll(Subscription subscription, FrameHandler frameHandler, int frameLimit) {
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

    @Override
    public Action onFragment(DirectBuffer buffer, int offset, int length, Header header) {
        boolean whole = (header.flags() & FrameDescriptor.UNFRAGMENTED) == FrameDescriptor.UNFRAGMENTED;
        if (thrown != null) {
            return Action.ABORT;
        }
        try {
            // A fragment of a longer message is not ours: a length of 0 makes the handler count and drop it.
            if (!handler.onFrame(memory, buffer.addressOffset() + offset, whole ? length : 0)) {
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
}
