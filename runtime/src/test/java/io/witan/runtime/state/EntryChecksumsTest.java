package io.witan.runtime.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.simd.WordSum;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EntryChecksumsTest {
    private static final int COUNT = 100_003;

    private final Arena arena = Arena.ofShared();
    private final AdamWKernel.State state = new AdamWKernel.State(random(1), random(2), random(3));
    private final StateEntry entry = new StateEntry(
            "dense",
            List.of(ParameterSpec.vector("w", COUNT, 0)),
            new StateEntry.Part(0, COUNT),
            List.of("dense.p", "dense.m", "dense.v"),
            new AdamWKernel.State[] {state, state});

    private MemorySegment random(long seed) {
        Random random = new Random(seed);
        MemorySegment values = arena.allocate(COUNT * 4L, 64);
        for (int i = 0; i < COUNT; i++) {
            values.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
        }
        return values;
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void partsOfAnyThreadAndOrderMakeTheWhole() throws InterruptedException {
        EntryChecksums checksums = EntryChecksums.of(entry, state);
        Thread other = new Thread(() -> {
            checksums.add(70_001, COUNT - 70_001);
            checksums.add(40, 3);
        });
        other.start();
        checksums.add(43, 70_001 - 43);
        checksums.add(7, 0);
        checksums.add(0, 40);
        other.join();
        checksums.requireAll();
        assertThat(checksums.of(0)).isEqualTo(WordSum.of(state.parameter()));
        assertThat(checksums.of(1)).isEqualTo(WordSum.of(state.firstMoment()));
        assertThat(checksums.of(2)).isEqualTo(WordSum.of(state.secondMoment()));
    }

    @Test
    void whatIsNotWrittenWholeIsRefused() {
        for (EntryChecksums checksums : List.of(EntryChecksums.of(entry, state), EntryChecksums.none(entry))) {
            checksums.add(0, 4000);
            assertThatThrownBy(checksums::requireAll)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("entry dense: 4000 of 100003 elements were written to the next slot");
        }
    }

    @Test
    void partsBeyondTheEntryAreRefused() {
        EntryChecksums checksums = EntryChecksums.of(entry, state);
        assertThatThrownBy(() -> checksums.add(COUNT - 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
