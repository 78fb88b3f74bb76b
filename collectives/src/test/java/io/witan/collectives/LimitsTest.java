package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Sizes beyond what any memory has, at the calls that take them; none of the memory named here exists. */
class LimitsTest {
    private static final long HALF = 1L << 62;

    @Test
    void shouldRefuseTotalsThatNoNumberHolds() {
        try (CommunicatorGroup group = InMemoryNetwork.reliable(Topology.of(4)).connect(0)) {
            Communicator lane = group.lane(0);
            MemorySegment huge = memory(Long.MAX_VALUE);
            long[] parts = {HALF, HALF, 0, 0};
            String message = "lengths [" + HALF + ", " + HALF + ", 0, 0] add up to 2^63 B or more";

            assertThatThrownBy(() -> lane.allGatherV(huge, huge, parts))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> lane.reduceScatterV(huge, huge, parts)).hasMessage(message);
            assertThatThrownBy(() -> lane.allToAllV(huge, parts, huge, parts)).hasMessage(message);
            assertThatThrownBy(() -> lane.allGather(memory(HALF), memory(0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("recv has 0 B, it must have 4 parts of " + HALF + " B");
            assertThatThrownBy(() -> lane.allGatherV(huge, memory(5), new long[] {1, 1, -1, 1}))
                    .hasMessage("bytes has a negative length -1");
        }
    }

    @Test
    void shouldRefuseBuffersOfNoBytes() {
        try (CommunicatorGroup group = CommunicatorGroup.solo()) {
            assertThatThrownBy(() -> group.allocate(0)).hasMessage("a buffer of 0 B; allowed are 1 B and more");
            assertThatThrownBy(() -> group.allocate(Long.MIN_VALUE)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment memory(long bytes) {
        return MemorySegment.NULL.reinterpret(bytes);
    }
}
