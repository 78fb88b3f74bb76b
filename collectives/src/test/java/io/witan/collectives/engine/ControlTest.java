package io.witan.collectives.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import io.witan.collectives.wire.Transport;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The control stream of rank 2 of 3, with a clock of its own. */
class ControlTest {
    private static final long BEAT = 100_000_000L;
    private static final World WORLD = new World(5, 2, 3, 2, 0, 20 * BEAT);

    private final Node node = new Node();
    private final FrameSender sender = new FrameSender(WORLD, node);
    private final Control control = new Control(WORLD, node, sender, new FrameGate(WORLD), 0);

    ControlTest() {
        Lane[] lanes = new Lane[WORLD.laneCount()];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] =
                    new Lane(WORLD, lane, node, sender, new FrameGate(WORLD), new OperationRing(), control::raise);
        }
        control.watchOver(lanes);
        control.metAll();
    }

    @Test
    void shouldNameAPeerWhoseProcessEnded() {
        node.ended.add(1);
        beat(1);

        assertThat(control.agreement().lowest().message())
                .isEqualTo("between operations: rank 1 is lost (its process ended)");
    }

    /** A rank that left in order has ended too; it must not hide one that ends without a word. */
    @Test
    void shouldNameAPeerThatEndsAfterALowerOneHasLeft() {
        node.arrived.add(frame(0, FrameType.LEAVE));
        node.ended.add(0);
        beat(1);
        assertThat(control.agreement().isOpen()).isFalse();
        node.ended.add(1);
        beat(2);

        assertThat(control.agreement().lowest().message())
                .isEqualTo("between operations: rank 1 is lost (its process ended)");
    }

    private void beat(int number) {
        control.poll(number * BEAT);
        control.progress(number * BEAT);
    }

    private static byte[] frame(int source, FrameType type) {
        byte[] bytes = new byte[FrameLayout.HEADER_BYTES];
        new Frame()
                .wrap(MemorySegment.ofArray(bytes), 0)
                .begin(WORLD.runId(), source)
                .type(type)
                .target(WORLD.rank());
        return bytes;
    }

    /** Takes all frames, and gives what the test has put there. */
    private static final class Node implements Transport {
        private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
        private final Set<Integer> ended = new HashSet<>();

        @Override
        public int maxPayloadBytes(int target) {
            return 1024;
        }

        @Override
        public boolean offer(int target, int stream, MemorySegment header, MemorySegment payload, long at, int bytes) {
            return true;
        }

        @Override
        public int poll(int stream, FrameHandler handler, int frameLimit) {
            int frames = 0;
            for (byte[] frame = arrived.poll(); frame != null; frame = arrived.poll()) {
                handler.onFrame(MemorySegment.ofArray(frame), 0, frame.length);
                frames++;
            }
            return frames;
        }

        @Override
        public boolean hasEnded(int peer) {
            return ended.contains(peer);
        }

        @Override
        public void close() {}
    }
}
