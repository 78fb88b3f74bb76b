package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes headers and offers frames; false everywhere means back pressure. */
final class FrameSender {
    /** Least loan of bytes of which more are being made. */
    private static final long GROWING_LOAN_BYTES = 128 * 1024;

    private final World world;
    private final Transport transport;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment header = arena.allocate(FrameLayout.HEADER_BYTES, 8);
    private final MemorySegment payload = arena.allocate(Fault.MAX_ENCODED_BYTES, 8);
    private final Frame frame = new Frame().wrap(header, 0);

    FrameSender(World world, Transport transport) {
        this.world = world;
        this.transport = transport;
    }

    /** Room to write a control payload into. */
    MemorySegment payload() {
        return payload;
    }

    boolean control(int target, FrameType type, int payloadBytes) {
        frame.begin(world.runId(), world.rank()).type(type).target(target).payloadBytes(payloadBytes);
        return transport.offer(target, Transport.CONTROL_STREAM, header, payload, 0, payloadBytes);
    }

    /**
     * Hands over the next bytes of a message: a copy, or the memory itself where the target reaches it. False under back
     * pressure, and where too few bytes are ready to be worth a frame.
     */
    boolean data(int target, int lane, Operation operation, Message message) {
        long ready = Math.min(message.readyBytes(), Transport.LARGEST_LOAN_BYTES);
        boolean lend = ready > (message.isLentWhole() ? 0 : Transport.LARGEST_COPY_BYTES)
                && transport.reaches(target, message.current().memory());
        long least = message.isLentWhole() ? Transport.LARGEST_LOAN_BYTES : GROWING_LOAN_BYTES;
        long room = lend ? least : transport.maxPayloadBytes(target);
        if (!message.isRestReady() && ready < room) {
            return false;
        }
        int bytes = (int) (lend ? ready : Math.min(ready, room));
        frame.begin(world.runId(), world.rank())
                .type(FrameType.DATA)
                .target(target)
                .lane(lane)
                .call(operation.code().ordinal(), operation.sequence(), operation.signature(), operation.extent())
                .marked(operation.step(), operation.layer())
                .part(message.totalBytes(), message.doneBytes())
                .payloadBytes(bytes);
        boolean taken = lend ? lend(target, 1 + lane, message) : copy(target, 1 + lane, message, bytes);
        if (taken) {
            message.advance(bytes);
        }
        return taken;
    }

    private boolean copy(int target, int stream, Message message, int bytes) {
        if (bytes == 0) {
            return transport.offer(target, stream, header, payload, 0, 0);
        }
        Part part = message.current();
        return transport.offer(target, stream, header, part.memory(), part.at() + message.partAt(), bytes);
    }

    private boolean lend(int target, int stream, Message message) {
        Part part = message.current();
        boolean taken = transport.lend(target, stream, header, part.memory(), part.at() + message.partAt());
        if (taken) {
            message.lent(transport.lent(target, stream));
        }
        return taken;
    }

    void close() {
        arena.close();
    }
}
