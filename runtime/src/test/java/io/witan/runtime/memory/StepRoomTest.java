package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.engine.StepArena;
import org.junit.jupiter.api.Test;

final class StepRoomTest {
    private static StepRoom.Batch batch(long tokens, long received, int layers, boolean recompute) {
        return new StepRoom.Batch(tokens, received, 2, layers, 128, 4, 256, 8, 2, 3, 259, recompute);
    }

    @Test
    void aFewTokensFitInOneBlock() {
        assertThat(StepRoom.bytes(batch(1, 2, 1, false))).isEqualTo(StepArena.BLOCK_BYTES);
        assertThat(StepRoom.bytes(batch(0, 0, 1, false))).isEqualTo(StepArena.BLOCK_BYTES);
    }

    /** Measured on two ranks of recipe tiny: 512 tokens a rank, 67.1 MB. */
    @Test
    void recipeTinyTakesTheBlocksThatWereMeasured() {
        assertThat(StepRoom.bytes(batch(512, 1024, 4, false))).isEqualTo(2 * StepArena.BLOCK_BYTES);
    }

    @Test
    void recomputingTakesLessAndMoreReceivedRowsTakeMore() {
        long kept = StepRoom.bytes(batch(8192, 16384, 8, false));
        assertThat(StepRoom.bytes(batch(8192, 16384, 8, true))).isLessThan(kept / 3);
        assertThat(StepRoom.bytes(batch(8192, 32768, 8, false))).isGreaterThan(kept);
    }

    @Test
    void anAllocationLargerThanABlockGetsOneOfItsOwn() {
        long tokens = 200_000;
        long width = tokens * 128 * Float.BYTES;
        assertThat(width).isGreaterThan(StepArena.BLOCK_BYTES);
        assertThat(StepRoom.bytes(batch(tokens, 1, 1, true))).isGreaterThan(10 * width);
    }
}
