package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;

class SparseMaterializationTest {
    private static final Topology TWO_BY_TWO = Topology.of(2, 2);
    private static final Placement OWNERS = Placement.ofOwners(new int[] {0, 1, 2, 3}, 4);

    @Test
    void shouldCopyTheHottestEverywhereWhenMemoryAllows() {
        Placement wide = SparseMaterialization.plan(TWO_BY_TWO, OWNERS, new long[] {1, 9, 2, 8}, 2, 2);

        assertThat(wide).hasToString("Placement[0:[0] 1:[0, 1, 2, 3] 2:[2] 3:[0, 1, 2, 3]]");
    }

    @Test
    void shouldShareScarceSlotsByLoadAndReachOtherNodesFirst() {
        // 4 slots for loads 6 and 2: 3 and 1. Expert 1 (rank 1): node 1 first (rank 2), then both nodes have one holder
        // and
        // node 0 more free slots (rank 0), then rank 3. Expert 3 (rank 3): node 0 has no holder, rank 1 is free.
        Placement wide = SparseMaterialization.plan(TWO_BY_TWO, OWNERS, new long[] {0, 6, 0, 2}, 2, 1);

        assertThat(wide).hasToString("Placement[0:[0] 1:[0, 1, 2, 3] 2:[2] 3:[1, 3]]");
    }

    @Test
    void shouldBreakTiesByExpertId() {
        Placement wide = SparseMaterialization.plan(TWO_BY_TWO, OWNERS, new long[] {5, 5, 5, 5}, 1, 1);

        assertThat(wide).hasToString("Placement[0:[0, 1, 2, 3] 1:[1] 2:[2] 3:[3]]");
    }

    @Test
    void shouldPlanNothingWithoutPredictionOverlapOrMemory() {
        long[] load = {1, 9, 2, 8};

        assertThat(SparseMaterialization.plan(TWO_BY_TWO, OWNERS, new long[4], 4, 4))
                .isEqualTo(OWNERS);
        assertThat(SparseMaterialization.plan(TWO_BY_TWO, OWNERS, load, 0, 4)).isEqualTo(OWNERS);
        assertThat(SparseMaterialization.plan(TWO_BY_TWO, OWNERS, load, 4, 0)).isEqualTo(OWNERS);
    }

    @Test
    void shouldWorkWithOneRankOneExpertAndMoreRanksThanExperts() {
        Placement alone = Placement.ofOwners(new int[] {0}, 1);
        Placement oneExpert = Placement.ofOwners(new int[] {2}, 4);

        assertThat(SparseMaterialization.plan(Topology.of(1), alone, new long[] {7}, 1, 0))
                .isEqualTo(alone);
        assertThat(SparseMaterialization.plan(Topology.of(1), alone, new long[] {7}, 9, 9))
                .isEqualTo(alone);
        assertThat(SparseMaterialization.plan(TWO_BY_TWO, oneExpert, new long[] {7}, 9, 1)
                        .holders(0))
                .containsExactly(0, 1, 2, 3);
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        long[] load = {1, 9, 2, 8};

        assertThatThrownBy(() -> SparseMaterialization.plan(Topology.of(3), OWNERS, load, 1, 1))
                .hasMessageContaining("4 ranks, topology has 3");
        assertThatThrownBy(() -> SparseMaterialization.plan(TWO_BY_TWO, OWNERS, new long[3], 1, 1))
                .hasMessage("3 loads for 4 experts");
        assertThatThrownBy(() -> SparseMaterialization.plan(TWO_BY_TWO, OWNERS, load, -1, 1))
                .hasMessageContaining("overlap degree -1");
        assertThatThrownBy(() -> SparseMaterialization.plan(TWO_BY_TWO, OWNERS, load, 1, -1))
                .hasMessageContaining("memory capacity -1");
        assertThatThrownBy(() -> SparseMaterialization.plan(TWO_BY_TWO, OWNERS.with(new int[][] {{1}}), load, 1, 1))
                .hasMessageContaining("1 copies, allowed 0");
    }
}
