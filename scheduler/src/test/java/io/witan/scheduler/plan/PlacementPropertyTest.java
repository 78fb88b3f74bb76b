package io.witan.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PlacementPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Property(tries = 600)
    void holdersHeldByAndHoldsAgree(@ForAll("layers") Worlds.Layer layer) {
        Placement wide = layer.wide();
        Set<List<Integer>> byExpert = new HashSet<>();
        Set<List<Integer>> byRank = new HashSet<>();
        Set<List<Integer>> byPair = new HashSet<>();
        for (int e = 0; e < wide.expertCount(); e++) {
            assertThat(wide.holders(e)).contains(wide.owner(e)).isSorted();
            for (int rank : wide.holders(e)) {
                byExpert.add(List.of(e, rank));
            }
        }
        for (int rank = 0; rank < wide.rankCount(); rank++) {
            assertThat(wide.heldBy(rank)).isSorted();
            for (int e : wide.heldBy(rank)) {
                byRank.add(List.of(e, rank));
            }
            for (int e = 0; e < wide.expertCount(); e++) {
                if (wide.holds(rank, e)) {
                    byPair.add(List.of(e, rank));
                }
            }
        }
        assertThat(byRank).isEqualTo(byExpert);
        assertThat(byPair).isEqualTo(byExpert);
        assertThat(wide.copyCount()).isEqualTo(byExpert.size() - wide.expertCount());
        assertThat(wide.contains(layer.owners())).isTrue();
    }

    /** Over all placements of 3 experts on 2 ranks: equal hash exactly if equal. */
    @Property(tries = 1)
    void hashTellsAllSmallPlacementsApart() {
        Map<Long, Placement> seen = new HashMap<>();
        int different = 0;
        for (int owners = 0; owners < 8; owners++) {
            int[] owner = {owners & 1, owners >> 1 & 1, owners >> 2};
            for (int copies = 0; copies < 8; copies++) {
                int[][] extra = new int[3][];
                for (int e = 0; e < 3; e++) {
                    extra[e] = (copies >> e & 1) == 1 ? new int[] {1 - owner[e]} : new int[0];
                }
                Placement placement = Placement.ofOwners(owner, 2).with(extra);
                assertThat(seen.put(placement.stableHash(), placement)).isNull();
                different++;
            }
        }
        assertThat(seen).hasSize(different);
    }
}
