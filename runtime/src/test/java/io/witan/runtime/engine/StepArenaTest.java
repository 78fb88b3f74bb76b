package io.witan.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.host.HostMemory;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
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
    void shouldReuseOneBlockAfterTheFirstStep() {
        try (HostMemory memory = new HostMemory();
                StepArena arena = new StepArena(memory, memory, 4096)) {
            StepArena.Mark mark = arena.mark();
            arena.hostBytes(1000);
            arena.hostBytes(10_000);
            arena.release(mark);
            long address = arena.hostBytes(1000).address();
            arena.hostBytes(10_000);
            long held = arena.heldBytes();
            for (int step = 0; step < 10; step++) {
                arena.release(mark);
                assertThat(arena.hostBytes(1000).address()).isEqualTo(address);
                arena.hostBytes(10_000);
            }
            assertThat(arena.heldBytes()).isEqualTo(held).isLessThan(12_000);
        }
    }

    /** Segments of other sizes in each step, as uneven loads make them, must not leave ever more holes. */
    @Test
    void shouldHoldLittleMoreThanWasInUse() {
        try (HostMemory memory = new HostMemory();
                StepArena arena = new StepArena(memory, memory, 4096)) {
            SplittableRandom random = new SplittableRandom(5);
            StepArena.Mark empty = arena.mark();
            long most = 0;
            for (int step = 0; step < 200; step++) {
                long used = 0;
                for (int segment = 0; segment < 20; segment++) {
                    StepArena.Mark mark = arena.mark();
                    long bytes = 64L * random.nextInt(1, 500);
                    MemorySegment room = arena.hostBytes(bytes);
                    room.fill((byte) segment);
                    most = Math.max(most, used + bytes);
                    if (segment % 3 == 0) {
                        arena.release(mark);
                    } else {
                        used += bytes;
                    }
                }
                if (step > 100) {
                    assertThat(arena.heldBytes()).isBetween(most, most + most / 10 + 32_000);
                }
                arena.release(empty);
            }
            assertThat(arena.heldBytes()).isBetween(most, most + most / 10);
        }
    }

    /** What is in use keeps its contents while other blocks come. */
    @Test
    void shouldKeepWhatIsInUse() {
        try (HostMemory memory = new HostMemory();
                StepArena arena = new StepArena(memory, memory, 1024)) {
            for (int step = 1; step < 5; step++) {
                StepArena.Mark mark = arena.mark();
                MemorySegment kept = arena.hostBytes(700L * step);
                kept.fill((byte) step);
                StepArena.Mark inner = arena.mark();
                arena.hostBytes(900L * step).fill((byte) 77);
                arena.release(inner);
                arena.hostBytes(100L * step).fill((byte) 78);
                assertThat(kept.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                        .containsOnly(step);
                arena.release(mark);
            }
        }
    }
}
