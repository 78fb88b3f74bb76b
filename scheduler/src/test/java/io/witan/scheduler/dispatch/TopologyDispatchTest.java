package io.witan.scheduler.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;

class TopologyDispatchTest {
    private static final Topology TWO_BY_THREE = Topology.of(3, 3);

    @Test
    void shouldPreferItselfThenItsNodeThenAll() {
        Placement placement = Placement.ofOwners(new int[] {0}, 6).with(new int[][] {{1, 4}});
        int[][] counts = {{5}, {6}, {7}, {8}, {9}, {10}};

        DispatchPlan plan = TopologyDispatch.plan(TWO_BY_THREE, placement, counts);

        assertThat(plan.counts()[0][0]).as("holds it").containsExactly(5, 0, 0, 0, 0, 0);
        assertThat(plan.counts()[1][0]).as("holds it").containsExactly(0, 6, 0, 0, 0, 0);
        assertThat(plan.counts()[2][0]).as("0 and 1 on its node").containsExactly(4, 3, 0, 0, 0, 0);
        assertThat(plan.counts()[3][0]).as("4 on its node").containsExactly(0, 0, 0, 0, 8, 0);
        assertThat(plan.counts()[4][0]).as("holds it").containsExactly(0, 0, 0, 0, 9, 0);
        assertThat(plan.counts()[5][0]).as("4 on its node").containsExactly(0, 0, 0, 0, 10, 0);
    }

    @Test
    void shouldRotateTheRemainderOverAllHolders() {
        Topology topology = Topology.of(2, 1, 1, 1);
        Placement placement = Placement.ofOwners(new int[] {0, 0}, 5).with(new int[][] {{1, 2}, {1, 2}});
        int[][] counts = {{0, 0}, {0, 0}, {0, 0}, {5, 5}, {4, 4}};

        DispatchPlan plan = TopologyDispatch.plan(topology, placement, counts);

        assertThat(plan.counts()[3][0]).as("starts at 3 mod 3").containsExactly(2, 2, 1, 0, 0);
        assertThat(plan.counts()[3][1]).as("starts at 4 mod 3").containsExactly(1, 2, 2, 0, 0);
        assertThat(plan.counts()[4][0]).as("starts at 4 mod 3").containsExactly(1, 2, 1, 0, 0);
        assertThat(plan.counts()[4][1]).as("starts at 5 mod 3").containsExactly(1, 1, 2, 0, 0);
    }

    @Test
    void shouldKeepEverythingAtHomeOnOneRank() {
        DispatchPlan plan =
                TopologyDispatch.plan(Topology.of(1), Placement.ofOwners(new int[] {0, 0}, 1), new int[][] {{3, 0}});

        assertThat(plan.counts()).isEqualTo(new int[][][] {{{3}, {0}}});
    }

    @Test
    void shouldRefuseShapesThatDoNotFit() {
        Placement placement = Placement.ofOwners(new int[] {0, 1}, 2);
        Topology two = Topology.of(2);

        assertThatThrownBy(() -> TopologyDispatch.plan(two, placement, new int[1][2]))
                .hasMessageContaining("counts have 1, topology has 2");
        assertThatThrownBy(() -> TopologyDispatch.plan(Topology.of(3), placement, new int[3][2]))
                .hasMessageContaining("placement has 2 ranks");
        assertThatThrownBy(() -> TopologyDispatch.plan(two, placement, new int[][] {{0, 0}, {0}}))
                .hasMessageContaining("rank 1 has counts of 1 experts, expected 2");
        assertThatThrownBy(() -> TopologyDispatch.plan(two, placement, new int[][] {{0, 0}, {0, -2}}))
                .hasMessageContaining("rank 1, expert 1: count -2");
    }
}
