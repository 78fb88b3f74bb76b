package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.engine.StepArena;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryPlanTest {
    private static final MemoryPlan.Measured MEASURED = new MemoryPlan.Measured(5, 7, 11);

    private static StepRoom.Batch batch(int ranks, long received) {
        return new StepRoom.Batch(4, List.of(received), ranks, 16, 1, 32, 0, 4, 2, 1, 2, 16, false, false, false);
    }

    /** A vault doubles parameters and moments, not gradients; 3 buffers are gradients, 2 more are copies. */
    @Test
    void partsAreCountedByHand() {
        MemoryPlan.Experts experts = new MemoryPlan.Experts(1000, 200, 2, 100, new ExpertRoom.Peak(3, 1, 5), 0);
        MemoryParts parts = MemoryPlan.parts(experts, new MemoryPlan.Peers(2, 300, 400), batch(2, 10), MEASURED);

        assertThat(parts.parameters()).isEqualTo(2 * 1200 + 200);
        assertThat(parts.gradients()).isEqualTo(1000 + 300);
        assertThat(parts.optimizer()).isEqualTo(2 * 2 * 1200);
        assertThat(parts.activations()).isEqualTo(32L << 20);
        assertThat(parts.scratch()).isEqualTo(5);
        assertThat(parts.jvm()).isEqualTo(7 + MemoryPlan.RANK_JVM_BYTES + MemoryPlan.VAULT_JVM_BYTES);
        // Ten rows of 16 floats and half as many more, half of the dense gradients, and what is read of peers.
        assertThat(parts.transport()).isEqualTo(11 + 960 + 500 + 300 + 400);
    }

    @Test
    void slicesHaveSumsOfTheirOwn() {
        MemoryPlan.Experts experts = new MemoryPlan.Experts(1000, 200, 1, 100, new ExpertRoom.Peak(4, 4, 6), 200);
        MemoryParts parts = MemoryPlan.parts(experts, new MemoryPlan.Peers(2, 0, 0), batch(2, 2), MEASURED);

        assertThat(parts.parameters()).isEqualTo(1200 + 200);
        assertThat(parts.gradients()).isEqualTo(1000 + 400 + 200);
        // More rows are sent, 4 x 2, than received.
        assertThat(parts.transport()).isEqualTo(11 + 768 + 500);
    }

    /** Two nodes, two choices: a token leaves in two rows at most; one more row has its place among those that leave, and among those relayed. */
    @Test
    void mergedRowsHaveRoomBetweenHops() {
        StepRoom.Batch straight =
                new StepRoom.Batch(1 << 16, List.of(1L << 17), 4, 128, 1, 32, 0, 4, 2, 1, 2, 16, false, false, false);
        StepRoom.Batch merging = new StepRoom.Batch(
                1 << 16,
                List.of(1L << 17),
                4,
                128,
                1,
                32,
                0,
                4,
                2,
                1,
                2,
                16,
                false,
                false,
                false,
                2,
                128,
                false,
                false);
        MemoryPlan.Experts experts = new MemoryPlan.Experts(1000, 200, 1, 100, new ExpertRoom.Peak(2, 0, 2), 0);
        MemoryPlan.Peers peers = new MemoryPlan.Peers(2, 0, 0);
        long row = 128 * Float.BYTES;
        long between = (1 << 17) * row + ((1 << 17) + 1) * row;

        assertThat(MemoryPlan.parts(experts, peers, merging, MEASURED).transport()
                        - MemoryPlan.parts(experts, peers, straight, MEASURED).transport())
                .isEqualTo(row * 3 / 2 + StepArena.heldBytes(between));
        assertThat(StepRoom.peakBytes(merging)).isGreaterThan(StepRoom.peakBytes(straight) + (1 << 17) * row);
    }

    @Test
    void oneRankAloneExchangesNothing() {
        MemoryPlan.Experts experts = new MemoryPlan.Experts(1000, 200, 1, 100, new ExpertRoom.Peak(2, 0, 2), 0);
        MemoryParts parts = MemoryPlan.parts(experts, new MemoryPlan.Peers(1, 0, 0), batch(1, 8), MEASURED);

        assertThat(parts.transport()).isZero();
        assertThat(parts.jvm()).isEqualTo(7);
    }
}
