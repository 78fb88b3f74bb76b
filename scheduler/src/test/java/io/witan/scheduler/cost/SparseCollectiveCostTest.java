package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import org.junit.jupiter.api.Test;

class SparseCollectiveCostTest {
    private static final long CHUNK_BYTES = 1000;
    private static final Topology TWO_BY_TWO = Topology.of(2, 2);
    private static final Placement NARROW = Placement.ofOwners(new int[] {0, 0, 2}, 4);

    @Test
    void shouldBoundTimeByTheBusiestRankOrCard() {
        TransferPlan plan = HierarchicalTransferPlanner.plan(
                TWO_BY_TWO, NARROW, NARROW.with(new int[][] {{1, 2, 3}, {2, 3}, {}}), null);
        SparseCollectiveCost cost = SparseCollectiveCost.of(plan, CHUNK_BYTES);

        assertThat(cost.bytesOutOfNode(0)).isEqualTo(2 * CHUNK_BYTES);
        assertThat(cost.bytesIntoNode(1)).isEqualTo(2 * CHUNK_BYTES);
        assertThat(cost.lowerBoundNs(new LinkSpeed(1_000_000_000, 1_000_000), 7))
                .as("network: 2000 B at 1 MB/s")
                .isEqualTo(2_000_007);
        assertThat(cost.lowerBoundNs(new LinkSpeed(1_000_000, 1_000_000_000), 0))
                .as("ranks 2 and 3 take 2000 B each at 1 MB/s")
                .isEqualTo(2_000_000);
    }

    @Test
    void shouldBoundTimeByEgressWhenOneNodeOwnsAll() {
        Topology three = Topology.of(1, 1, 1);
        Placement narrow = Placement.ofOwners(new int[] {0}, 3);
        TransferPlan plan = HierarchicalTransferPlanner.plan(three, narrow, narrow.with(new int[][] {{1, 2}}), null);

        assertThat(SparseCollectiveCost.of(plan, CHUNK_BYTES).lowerBoundNs(new LinkSpeed(1_000_000_000, 1_000_000), 0))
                .as("node 0 sends 2000 B, the others receive 1000 B each")
                .isEqualTo(2_000_000);
    }

    @Test
    void shouldCostNothingWhenNothingMoves() {
        TransferPlan plan = HierarchicalTransferPlanner.plan(TWO_BY_TWO, NARROW, NARROW, null);

        assertThat(SparseCollectiveCost.of(plan, Long.MAX_VALUE).totalBytes()).isZero();
        assertThat(SparseCollectiveCost.of(plan, CHUNK_BYTES).lowerBoundNs(new LinkSpeed(1, 1), 99))
                .isZero();
    }

    @Test
    void shouldRefuseBytesBeyond63Bits() {
        TransferPlan plan =
                HierarchicalTransferPlanner.plan(TWO_BY_TWO, NARROW, NARROW.with(new int[][] {{1, 2}}), null);

        assertThatThrownBy(() -> SparseCollectiveCost.of(plan, Long.MAX_VALUE)).hasMessageContaining("moved 2 times");
        assertThatThrownBy(() -> SparseCollectiveCost.of(plan, 0)).hasMessageContaining("chunk of 0 B");
    }
}
