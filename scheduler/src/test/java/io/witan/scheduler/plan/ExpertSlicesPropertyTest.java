package io.witan.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.cost.SparseCollectiveCost;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ExpertSlicesPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    /** Whatever the placement: a rank that holds C experts receives C b (R-1) / R bytes. */
    @Property(tries = 300)
    void bringWhatARankLacksOfEachExpertItHolds(@ForAll("layers") Worlds.Layer layer) {
        int ranks = layer.topology().rankCount();
        int experts = layer.wide().expertCount();
        ExpertSlices slices = new ExpertSlices(experts, ranks);
        long expertBytes = 12L * ranks;
        Placement wide = slices.wide(layer.wide());
        TransferPlan plan = HierarchicalTransferPlanner.plan(layer.topology(), slices.narrow(), wide, null);
        SparseCollectiveCost cost = SparseCollectiveCost.of(plan, slices.sliceLength(expertBytes));
        for (int rank = 0; rank < ranks; rank++) {
            int held = layer.wide().heldBy(rank).length;
            assertThat(cost.bytesIntoRank(rank)).isEqualTo(held * expertBytes * (ranks - 1) / ranks);
            for (int e = 0; e < experts; e++) {
                for (int slice = 0; slice < ranks; slice++) {
                    assertThat(wide.holds(rank, slices.chunk(e, slice)))
                            .isEqualTo(slice == rank || layer.wide().holds(rank, e));
                }
            }
        }
    }

    @Property(tries = 100)
    void numberEveryChunkOnce(@ForAll("layers") Worlds.Layer layer) {
        ExpertSlices slices =
                new ExpertSlices(layer.wide().expertCount(), layer.topology().rankCount());
        Set<Integer> seen = new HashSet<>();
        for (int e = 0; e < slices.expertCount(); e++) {
            for (int rank = 0; rank < slices.rankCount(); rank++) {
                int chunk = slices.chunk(e, rank);
                assertThat(seen.add(chunk)).isTrue();
                assertThat(slices.expertOf(chunk)).isEqualTo(e);
                assertThat(slices.ownerOf(chunk)).isEqualTo(rank);
                assertThat(slices.narrow().owner(chunk)).isEqualTo(rank);
            }
        }
        assertThat(seen).hasSize(slices.chunkCount()).allMatch(chunk -> chunk >= 0 && chunk < slices.chunkCount());
    }

    @Example
    void roundUpAndRefuse() {
        ExpertSlices slices = new ExpertSlices(2, 3);

        assertThat(slices.sliceLength(9)).isEqualTo(3);
        assertThat(slices.sliceLength(10)).isEqualTo(4);
        assertThatThrownBy(() -> new ExpertSlices(0, 3)).hasMessageContaining("slices of 0 experts on 3 ranks");
        assertThatThrownBy(() -> new ExpertSlices(3000, 1000)).hasMessageContaining("2^31-1");
        assertThatThrownBy(() -> slices.wide(Placement.ofOwners(new int[] {0}, 3)))
                .hasMessageContaining("a placement of 1 on 3");
    }
}
