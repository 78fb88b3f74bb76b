package io.witan.collectives.engine;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes headers and offers frames; false everywhere means back pressure. */
final class FrameSender {
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

    boolean data(int target, int lane, Operation operation, Message message) {
        int bytes = message.contiguousBytes(transport.maxPayloadBytes(target));
        frame.begin(world.runId(), world.rank())
                .type(FrameType.DATA)
                .target(target)
                .lane(lane)
                .call(operation.code().ordinal(), operation.sequence(), operation.signature(), operation.extent())
                .marked(operation.step(), operation.layer())
                .part(operation.phaseIndex(), message.totalBytes(), message.doneBytes())
                .payloadBytes(bytes);
        MemorySegment from = bytes == 0 ? payload : message.current();
        boolean taken = transport.offer(target, 1 + lane, header, from, bytes == 0 ? 0 : message.currentAt(), bytes);
        if (taken) {
            message.advance(bytes);
        }
        return taken;
    }

    void close() {
        arena.close();
    }
}
