package io.witan.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TransferPlanTest {
    private static final Topology TWO_BY_TWO = Topology.of(2, 2);
    private static final Placement NARROW = Placement.ofOwners(new int[] {0, 3}, 4);
    private static final Placement WIDE = NARROW.with(new int[][] {{1, 2, 3}, {0}});

    private static final Transfer CROSS_0 = new Transfer(0, 0, 2);
    private static final Transfer CROSS_1 = new Transfer(1, 3, 0);
    private static final Transfer IN_0 = new Transfer(0, 0, 1);
    private static final Transfer IN_1 = new Transfer(0, 2, 3);

    @Test
    void shouldCountChunks() {
        TransferPlan plan = plan(List.of(CROSS_0, CROSS_1), List.of(IN_0, IN_1));

        assertThat(plan.chunkCount()).isEqualTo(4);
        assertThat(plan.isEmpty()).isFalse();
        assertThat(List.of(plan.chunksInto(0), plan.chunksInto(1), plan.chunksInto(2), plan.chunksInto(3)))
                .containsExactly(1, 1, 1, 1);
        assertThat(List.of(plan.chunksOutOf(0), plan.chunksOutOf(1), plan.chunksOutOf(2), plan.chunksOutOf(3)))
                .containsExactly(2, 0, 1, 1);
        assertThat(List.of(plan.chunksIntoNode(0), plan.chunksIntoNode(1))).containsExactly(1, 1);
    }

    @Test
    void shouldHashTopologyPlacementsAndEveryHopInOrder() {
        TransferPlan plan = plan(List.of(CROSS_0, CROSS_1), List.of(IN_0, IN_1));
        TransferPlan otherInterOrder = plan(List.of(CROSS_1, CROSS_0), List.of(IN_0, IN_1));
        TransferPlan otherIntraOrder = plan(List.of(CROSS_0, CROSS_1), List.of(IN_1, IN_0));
        TransferPlan otherLeader = plan(List.of(new Transfer(0, 0, 3), CROSS_1), List.of(IN_0, new Transfer(0, 3, 2)));
        TransferPlan smaller =
                new TransferPlan(TWO_BY_TWO, NARROW, NARROW.with(new int[][] {{2}}), List.of(CROSS_0), List.of());
        TransferPlan nothing = new TransferPlan(TWO_BY_TWO, NARROW, NARROW, List.of(), List.of());
        TransferPlan otherTopology = new TransferPlan(Topology.of(3, 1), NARROW, NARROW, List.of(), List.of());

        assertThat(plan(List.of(CROSS_0, CROSS_1), List.of(IN_0, IN_1)).hash()).isEqualTo(plan.hash());
        assertThat(LongStream.of(
                                plan.hash(),
                                otherInterOrder.hash(),
                                otherIntraOrder.hash(),
                                otherLeader.hash(),
                                smaller.hash(),
                                nothing.hash(),
                                otherTopology.hash())
                        .boxed())
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldRefuseHopsThatDoNotLeadFromNarrowToWide() {
        assertRefused(List.of(CROSS_0), List.of(IN_0, IN_1), "3 hops for 4 copies: none brings chunk 1 to rank ");
        assertRefused(
                List.of(CROSS_0, CROSS_0), List.of(), "chunk 0, rank 0 -> rank 2: the target has the chunk already");
        assertRefused(List.of(), List.of(IN_1), "chunk 0, rank 2 -> rank 3: the source does not have the chunk yet");
        assertRefused(List.of(new Transfer(1, 3, 1)), List.of(), "the target is no holder in the wide placement");
        assertRefused(List.of(new Transfer(2, 0, 2)), List.of(), "no such chunk");
        assertRefused(List.of(new Transfer(0, -1, 2)), List.of(), "chunk 0, rank -1 -> rank 2: rank -1 is not in 0..3");
        assertRefused(List.of(IN_0), List.of(), "an inter-node hop stays on one node");
        assertRefused(List.of(), List.of(CROSS_0), "an intra-node hop leaves its node");
        assertRefused(List.of(new Transfer(0, 0, 4)), List.of(), "rank 4 is not in 0..3");
    }

    @Test
    void shouldRefusePlacementsThatDoNotFitTogether() {
        Placement otherOwner = Placement.ofOwners(new int[] {1, 3}, 4);
        assertThatThrownBy(() -> new TransferPlan(TWO_BY_TWO, otherOwner, WIDE, List.of(), List.of()).checked())
                .hasMessageContaining("lacks pairs of the narrow one");
        assertThatThrownBy(() -> new TransferPlan(TWO_BY_TWO, WIDE, WIDE, List.of(), List.of()).checked())
                .hasMessageContaining("4 copies, allowed 0");
        assertThatThrownBy(() -> new TransferPlan(Topology.of(3), NARROW, NARROW, List.of(), List.of()).checked())
                .hasMessageContaining("4 ranks, topology has 3");
    }

    private static TransferPlan plan(List<Transfer> interNode, List<Transfer> intraNode) {
        return new TransferPlan(TWO_BY_TWO, NARROW, WIDE, interNode, intraNode).checked();
    }

    private static void assertRefused(List<Transfer> interNode, List<Transfer> intraNode, String why) {
        assertThatThrownBy(() -> plan(interNode, intraNode))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }
}
