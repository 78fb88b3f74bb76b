package io.witan.scheduler.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HierarchicalTransferPlannerTest {
    @Test
    void shouldCrossOnceToALeaderAndSpreadLeaderDuties() {
        Topology topology = Topology.of(2, 2);
        Placement narrow = Placement.ofOwners(new int[] {0, 0}, 4);
        Placement wide = narrow.with(new int[][] {{1, 2, 3}, {2, 3}});

        TransferPlan plan = HierarchicalTransferPlanner.plan(topology, narrow, wide, null);

        assertThat(plan.interNode()).containsExactly(new Transfer(0, 0, 2), new Transfer(1, 0, 3));
        assertThat(plan.intraNode())
                .containsExactly(new Transfer(0, 0, 1), new Transfer(0, 2, 3), new Transfer(1, 3, 2));
    }

    @Test
    void shouldSendTheHottestFirst() {
        Topology topology = Topology.of(1, 1);
        Placement narrow = Placement.ofOwners(new int[] {0, 0, 0}, 2);
        Placement wide = narrow.with(new int[][] {{1}, {1}, {1}});

        TransferPlan plan = HierarchicalTransferPlanner.plan(topology, narrow, wide, new long[] {5, 9, 5});

        assertThat(plan.interNode())
                .containsExactly(new Transfer(1, 0, 1), new Transfer(0, 0, 1), new Transfer(2, 0, 1));
    }

    @Test
    void shouldRelayAlongABinaryTreeThatStartsAtAnotherNodeForEachChunk() {
        Topology topology = Topology.of(1, 1, 1, 1, 1);
        Placement narrow = Placement.ofOwners(new int[] {0, 0, 0, 0}, 5);
        int[] all = {0, 1, 2, 3, 4};
        Placement wide = narrow.with(new int[][] {all, {}, {}, all});

        TransferPlan plan = HierarchicalTransferPlanner.plan(topology, narrow, wide, null);

        assertThat(plan.interNode())
                .containsExactly(
                        new Transfer(0, 0, 1),
                        new Transfer(0, 0, 2),
                        new Transfer(0, 1, 3),
                        new Transfer(0, 1, 4),
                        new Transfer(3, 0, 3),
                        new Transfer(3, 0, 4),
                        new Transfer(3, 3, 1),
                        new Transfer(3, 3, 2));
        assertThat(plan.intraNode()).isEmpty();
    }

    @Test
    void shouldMoveNothingToThePlacementItStartsFrom() {
        Placement narrow = Placement.ofOwners(new int[] {0, 1}, 2);

        assertThat(HierarchicalTransferPlanner.plan(Topology.of(1, 1), narrow, narrow, null)
                        .isEmpty())
                .isTrue();
        Placement alone = Placement.ofOwners(new int[] {0}, 1);
        assertThat(HierarchicalTransferPlanner.plan(Topology.of(1), alone, alone, new long[] {0})
                        .isEmpty())
                .isTrue();
    }

    @Test
    void shouldGatherADenseLayerWithinItsShare() {
        Topology topology = Topology.of(2, 2);
        Placement narrow = Placement.ofOwners(new int[] {0, 0, 1, 1, 2, 2, 3, 3}, 4);
        int[][] everywhere = new int[8][];
        Arrays.fill(everywhere, new int[] {0, 1, 2, 3});

        TransferPlan plan = HierarchicalTransferPlanner.plan(topology, narrow, narrow.with(everywhere), null);

        for (int rank = 0; rank < 4; rank++) {
            assertThat(plan.chunksInto(rank)).as("all but its own 2 of 8").isEqualTo(6);
        }
        assertThat(plan.chunksIntoNode(0)).as("the other node's 4").isEqualTo(4);
        assertThat(plan.chunksIntoNode(1)).isEqualTo(4);
    }

    /** Ranks of one run may be different processes on different machines: the value itself is part of the contract. */
    @Test
    void shouldHashTheSameInEveryProcess() {
        Topology topology = Topology.of(2, 1, 3);
        Placement narrow = Placement.ofOwners(new int[] {0, 5, 2}, 6);
        Placement wide = narrow.with(new int[][] {{1, 3, 4}, {0, 1}, {5}});

        assertThat(HierarchicalTransferPlanner.plan(topology, narrow, wide, new long[] {3, 9, 3})
                        .hash())
                .isEqualTo(6671014922187924606L);
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        Topology topology = Topology.of(2);
        Placement narrow = Placement.ofOwners(new int[] {0, 1}, 2);

        assertThatThrownBy(() -> HierarchicalTransferPlanner.plan(Topology.of(3), narrow, narrow, null))
                .hasMessageContaining("placements of 2 and 2 ranks, topology of 3");
        assertThatThrownBy(() -> HierarchicalTransferPlanner.plan(
                        topology, narrow, Placement.ofOwners(new int[] {1, 1}, 2), null))
                .hasMessageContaining("other owners");
        assertThatThrownBy(() -> HierarchicalTransferPlanner.plan(
                        topology, narrow.with(new int[][] {{1}}), narrow.with(new int[][] {{1}}), null))
                .hasMessageContaining("1 copies, allowed 0");
        assertThatThrownBy(() -> HierarchicalTransferPlanner.plan(topology, narrow, narrow, new long[] {1}))
                .hasMessageContaining("1 loads for 2 experts");
    }
}
