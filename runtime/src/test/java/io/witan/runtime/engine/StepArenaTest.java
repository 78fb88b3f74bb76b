package io.witan.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.host.HostMemory;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class StepArenaTest {
    @Test
    void shouldGiveAlignedRoomWithoutOverlap() {
        try (HostMemory memory = new HostMemory();
                StepArena arena = new StepArena(memory, memory, 1024)) {
            MemorySegment first = arena.floats(3);
            MemorySegment second = arena.ints(100);
            MemorySegment large = arena.hostBytes(5000);
            MemorySegment after = arena.hostBytes(1);

            assertThat(first.byteSize()).isEqualTo(12);
            for (MemorySegment segment : new MemorySegment[] {first, second, large, after}) {
                assertThat(segment.address() % 64).isZero();
            }
            first.fill((byte) 1);
            second.fill((byte) 2);
            large.fill((byte) 3);
            after.fill((byte) 4);
            assertThat(first.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).containsOnly(1);
            assertThat(second.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).containsOnly(2);
            assertThat(large.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).containsOnly(3);
        }
    }

    @Test
    void shouldReuseBlocksAfterRelease() {
        try (HostMemory memory = new HostMemory();
                StepArena arena = new StepArena(memory, memory, 4096)) {
            StepArena.Mark mark = arena.mark();
            long address = arena.hostBytes(1000).address();
            arena.hostBytes(10_000);
            long held = arena.heldBytes();
            for (int step = 0; step < 10; step++) {
                arena.release(mark);
                assertThat(arena.hostBytes(1000).address()).isEqualTo(address);
                arena.hostBytes(10_000);
            }
            assertThat(arena.heldBytes()).isEqualTo(held);
        }
    }
}
