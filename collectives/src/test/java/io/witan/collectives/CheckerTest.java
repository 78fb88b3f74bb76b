package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.wire.FrameHandler;
import io.witan.collectives.wire.Transport;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The comparison that the other tests rest on notices a single wrong bit. */
class CheckerTest {
    private static final Topology TWO = Topology.of(2);

    @Test
    void shouldNoticeOneFlippedBitOnTheWire() {
        List<String> expected = Ranks.run(TWO, group -> Workload.digest(group, 2, 500));
        for (long frame : new long[] {0, 3, 7}) {
            InMemoryNetwork network = InMemoryNetwork.reliable(TWO);
            List<String> flipped = Ranks.run(
                    2,
                    rank -> CommunicatorGroup.started(
                            network.origin(rank, 0, Ranks.WATCHDOG),
                            new FlippingTransport(network.transport(rank), rank == 0 ? frame : Long.MAX_VALUE)),
                    group -> Workload.digest(group, 2, 500));

            assertThat(flipped).isNotEqualTo(expected);
        }
    }

    /** Flips one bit in the payload of the n-th data frame that has one. */
    private static final class FlippingTransport implements Transport {
        private final Transport inner;
        private long framesUntilFlip;

        FlippingTransport(Transport inner, long framesUntilFlip) {
            this.inner = inner;
            this.framesUntilFlip = framesUntilFlip;
        }

        @Override
        public int maxPayloadBytes(int target) {
            return inner.maxPayloadBytes(target);
        }

        @Override
        public boolean offer(int target, int stream, MemorySegment header, MemorySegment payload, long at, int bytes) {
            if (stream == CONTROL_STREAM || bytes == 0 || framesUntilFlip-- != 0) {
                return inner.offer(target, stream, header, payload, at, bytes);
            }
            MemorySegment copy = Arena.ofAuto().allocate(bytes);
            MemorySegment.copy(payload, at, copy, 0, bytes);
            byte last = copy.get(ValueLayout.JAVA_BYTE, bytes - 1);
            copy.set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) (last ^ 1));
            boolean taken = inner.offer(target, stream, header, copy, 0, bytes);
            framesUntilFlip = taken ? -1 : 0;
            return taken;
        }

        @Override
        public int poll(int stream, FrameHandler handler, int frameLimit) {
            return inner.poll(stream, handler, frameLimit);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
