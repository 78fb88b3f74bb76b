package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;

class HeterogeneousShardingTest {
    @Test
    void shouldSpreadColdLoadOverNodesThenRanks() {
        Topology topology = Topology.of(2, 2);
        long[][] loads = {{1, 2, 3, 4, 100, 90, 5, 6}};
        int[][] current = OwnerPlacement.even(1, 8, 4);

        int[][] owner = HeterogeneousSharding.plan(topology, loads, new int[] {2}, current);

        // Cold, hottest first: 7 (6) to node 0, 6 (5) to node 1, 3 (4) to node 1 (5 < 6), 2 (3) to node 0, then
        // 9:9 with 2 free slots each, 1 (2) to node 0, 0 (1) to node 1. Hot 4 and 5 share the last slot of each node,
        // and
        // 4 keeps rank 2, where it was.
        assertThat(owner[0]).containsExactly(3, 1, 1, 3, 2, 0, 2, 0);
        assertThat(coldLoad(owner[0], loads[0], 2, 3)).isEqualTo(10);
    }

    @Test
    void shouldLetALayerBeUnevenButNotARank() {
        Topology topology = Topology.of(1, 1);
        long[][] loads = {{9, 1, 1, 1}, {5, 5, 0, 0}};

        int[][] owner = HeterogeneousSharding.plan(topology, loads, new int[] {0, 0}, OwnerPlacement.even(2, 4, 2));

        assertThat(owner[0]).as("9 alone against 1 + 1 + 1").containsExactly(0, 1, 1, 1);
        assertThat(owner[1]).as("5 each; the zeros fill the slots").containsExactly(0, 1, 0, 0);
        assertThat(HeterogeneousSharding.movedExperts(OwnerPlacement.even(2, 4, 2), owner))
                .isEqualTo(4);
    }

    @Test
    void shouldStayPutWhenAllLoadsAreHotAndOwnersEven() {
        int[][] current = OwnerPlacement.even(3, 4, 4);

        int[][] owner = HeterogeneousSharding.plan(Topology.of(2, 2), new long[3][4], new int[] {4, 4, 9}, current);

        assertThat(owner).isDeepEqualTo(current);
    }

    @Test
    void shouldWorkWithOneRankOneExpertAndMoreRanksThanExperts() {
        assertThat(HeterogeneousSharding.plan(Topology.of(1), new long[][] {{3}}, new int[] {0}, new int[][] {{0}}))
                .isDeepEqualTo(new int[][] {{0}});
        int[][] owner = HeterogeneousSharding.plan(
                Topology.of(2, 1), new long[][] {{4}, {9}, {7}}, new int[] {0, 1, 0}, OwnerPlacement.even(3, 1, 3));
        assertThat(new int[] {owner[0][0], owner[1][0], owner[2][0]}).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void shouldLeaveItsInputAlone() {
        long[][] loads = {{9, 1, 1, 1}};
        int[][] current = OwnerPlacement.even(1, 4, 2);

        HeterogeneousSharding.plan(Topology.of(1, 1), loads, new int[] {0}, current);

        assertThat(loads).isDeepEqualTo(new long[][] {{9, 1, 1, 1}});
        assertThat(current).isDeepEqualTo(new int[][] {{0, 0, 1, 1}});
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        Topology two = Topology.of(2);
        long[][] loads = {{1, 2}};
        int[][] current = {{0, 1}};

        assertThatThrownBy(() -> HeterogeneousSharding.plan(two, loads, new int[2], current))
                .hasMessageContaining("overlap degrees of 2");
        assertThatThrownBy(() -> HeterogeneousSharding.plan(two, loads, new int[] {-1}, current))
                .hasMessageContaining("layer 0 is -1");
        assertThatThrownBy(() -> HeterogeneousSharding.plan(two, loads, new int[1], new int[][] {{0}}))
                .hasMessageContaining("1 owners for 2 experts");
        assertThatThrownBy(() -> HeterogeneousSharding.plan(two, loads, new int[1], new int[][] {{0, 2}}))
                .hasMessageContaining("owner 2, allowed 0..1");
        assertThatThrownBy(() -> HeterogeneousSharding.plan(two, new long[][] {{1, -2}}, new int[1], current))
                .hasMessageContaining("load of expert 1 is -2");
        assertThatThrownBy(() -> HeterogeneousSharding.plan(Topology.of(3), loads, new int[1], current))
                .hasMessage("3 ranks, but only 2 expert slots over all layers");
    }

    private static long coldLoad(int[] owner, long[] load, int rankA, int rankB) {
        long sum = 0;
        for (int e = 0; e < owner.length; e++) {
            sum += load[e] < 90 && (owner[e] == rankA || owner[e] == rankB) ? load[e] : 0;
        }
        return sum;
    }
}
