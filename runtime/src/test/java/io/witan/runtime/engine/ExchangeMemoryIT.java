package io.witan.runtime.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.Ranks;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExchangeMemoryIT {
    private static final int PAGE = 4096;
    private static final long BUDGET = 100 * PAGE;

    @Test
    void shouldShareUntilTheBudgetIsUsedUp() throws IOException {
        List<String> outcomes = Ranks.runOnNodes(Topology.of(2), BUDGET, runtime -> {
            ExchangeMemory memory = runtime.exchange();
            MemorySegment first = memory.allocate(99 * PAGE - 10);
            MemorySegment second = memory.allocate(2 * PAGE);
            assertThat(memory.isShared(first)).isTrue();
            assertThat(memory.isShared(first.asSlice(PAGE, PAGE))).isTrue();
            assertThat(memory.isShared(second)).isFalse();
            assertThat(memory.sharedBytes()).isEqualTo(99 * PAGE);
            assertThat(memory.privateBytes()).isEqualTo(2 * PAGE);
            memory.free(first);
            memory.free(second);
            assertThat(memory.privateBytes()).isZero();
            assertThat(memory.isShared(memory.allocate(BUDGET))).isTrue();
            return memory.description();
        });

        assertThat(outcomes).containsOnly("up to 0.4 MB of the node's shared memory a rank");
    }

    @Test
    void shouldShareAFileOutsideTheBudget(@TempDir Path folder) throws IOException {
        List<Boolean> shared = Ranks.runOnNodes(Topology.of(2), 0, runtime -> {
            Path file = Files.write(folder.resolve("slots-" + runtime.rank()), new byte[4 * PAGE]);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), Arena.ofAuto());
                runtime.exchange().register(file, mapping);
                return runtime.exchange().isShared(mapping.asSlice(PAGE, PAGE));
            }
        });

        assertThat(shared).containsExactly(true, true);
    }

    @Test
    void shouldStayPrivateWithoutPeersOnTheNode() throws IOException {
        List<String> outcomes = Ranks.runOnNodes(Topology.of(1, 1), BUDGET, runtime -> {
            MemorySegment memory = runtime.exchange().allocate(PAGE);
            assertThat(runtime.exchange().isShared(memory)).isFalse();
            return runtime.exchange().description();
        });

        assertThat(outcomes).containsOnly("no memory is shared with other ranks");
    }

    @Test
    void shouldCopyOnceFromStagingOfAnySize() throws IOException {
        List<Long> shared = Ranks.runOnNodes(Topology.of(2), 1 << 20, runtime -> {
            int peer = 1 - runtime.rank();
            for (int floats : new int[] {0, 3000, 1000, 20_000}) {
                long bytes = (long) floats * Float.BYTES;
                MemorySegment send = runtime.exchange().staging(ExchangeMemory.Room.TOKENS, bytes);
                assertThat(runtime.exchange().isShared(send)).isEqualTo(floats > 0);
                for (int i = 0; i < floats; i++) {
                    send.setAtIndex(ValueLayout.JAVA_FLOAT, i, runtime.rank() * 1000 + i);
                }
                long[] parts = new long[2];
                parts[peer] = bytes;
                MemorySegment received = runtime.arena().floats(floats);
                runtime.tokens().allToAllV(send, parts, received, parts).await();
                for (int i = 0; i < floats; i++) {
                    assertThat(received.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isEqualTo(peer * 1000 + i);
                }
            }
            return runtime.exchange().sharedBytes();
        });

        assertThat(shared).as("one room, half as long again").containsOnly(30L * PAGE);
    }

    @Test
    void shouldRefuseMemoryThatItDidNotAllocate() {
        Ranks.run(Topology.of(1), runtime -> {
            MemorySegment other = Arena.ofAuto().allocate(64);
            assertThatThrownBy(() -> runtime.exchange().free(other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("memory of 64 B was not allocated here");
            return null;
        });
    }
}
