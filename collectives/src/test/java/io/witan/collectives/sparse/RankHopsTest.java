package io.witan.collectives.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankHopsTest {
    private static final Topology TOPOLOGY = Topology.of(3, 3);
    /** Chunk 0 is rank 1's and goes to all: over to rank 4, and inside the nodes from there, to rank 5 by way of rank 3. */
    private static final Transfer CROSSING = new Transfer(0, 1, 4);

    private static final Transfer TO_2 = new Transfer(0, 1, 2);
    private static final Transfer TO_0 = new Transfer(0, 1, 0);
    private static final Transfer TO_3 = new Transfer(0, 4, 3);
    private static final Transfer TO_5 = new Transfer(0, 3, 5);
    private static final TransferPlan PLAN = plan(TOPOLOGY);

    private static TransferPlan plan(Topology topology) {
        Placement narrow = Placement.ofOwners(new int[] {1, 2}, 6);
        Placement wide = narrow.with(new int[][] {{0, 2, 3, 4, 5}, {}});
        return new TransferPlan(topology, narrow, wide, List.of(CROSSING), List.of(TO_2, TO_0, TO_3, TO_5));
    }

    @Test
    void shouldRunEachHopWhenItsSourceHasTheChunk() {
        RankHops owner = new RankHops(1, TOPOLOGY, PLAN);
        RankHops middle = new RankHops(3, TOPOLOGY, PLAN);

        assertThat(owner.levelCount()).isEqualTo(3);
        assertThat(List.of(owner.at(0), owner.at(1), owner.at(2)))
                .containsExactly(List.of(CROSSING), List.of(TO_2, TO_0), List.of());
        assertThat(List.of(middle.at(0), middle.at(1), middle.at(2)))
                .containsExactly(List.of(), List.of(TO_3), List.of(TO_5));
    }

    @Test
    void shouldSumInRankOrderAndNotInThatOfTheHops() {
        RankHops owner = new RankHops(1, TOPOLOGY, PLAN);

        assertThat(owner.foldsAt(1)).hasSize(1);
        assertThat(owner.foldsAt(1).getFirst().chunk()).isZero();
        // The hops of the level go to ranks 2 and 0; the owner is 1.
        assertThat(owner.foldsAt(1).getFirst().hops()).containsExactly(1, RankHops.OWN, 0);
        assertThat(new RankHops(5, TOPOLOGY, PLAN).foldsAt(2)).isEmpty();
    }

    @Test
    void shouldReadInPlaceOnlyWhereTheSourceHasItInMemoryOfItsOwn() {
        assertThat(new RankHops(2, TOPOLOGY, PLAN).canReadInPlace(0)).isTrue();
        assertThat(new RankHops(4, TOPOLOGY, PLAN).canReadInPlace(0)).isFalse();
        assertThat(new RankHops(3, TOPOLOGY, PLAN).canReadInPlace(0)).isTrue();
        assertThat(new RankHops(5, TOPOLOGY, PLAN).canReadInPlace(0)).isFalse();
        assertThat(new RankHops(3, TOPOLOGY, PLAN).isSource(0)).isTrue();
        assertThat(new RankHops(5, TOPOLOGY, PLAN).isSource(0)).isFalse();
    }

    @Test
    void shouldRememberThePlansOfAStep() {
        RecentHops recent = new RecentHops(1, TOPOLOGY);
        RankHops first = recent.of(PLAN);

        for (int layer = 1; layer < 64; layer++) {
            TransferPlan other = plan(TOPOLOGY);
            assertThat(recent.of(other)).isSameAs(recent.of(other)).isNotSameAs(first);
        }
        assertThat(recent.of(PLAN)).isSameAs(first);
        recent.of(plan(TOPOLOGY));
        assertThat(recent.of(PLAN)).isNotSameAs(first);
    }

    @Test
    void shouldRefuseAPlanForOtherRanks() {
        Topology other = Topology.of(2, 2, 2);
        assertThatThrownBy(() -> new RankHops(0, other, PLAN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(TOPOLOGY.toString(), other.toString());
    }
}
