package io.witan.scheduler.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Topology;
import org.junit.jupiter.api.Test;

class PeriodicReshardingTest {
    private static final Topology TWO = Topology.of(2);
    private static final PlacementPolicy POLICY = new PeriodicResharding(new ExpertParallelPolicy(), TWO, 10, 0);
    private static final int[][] OWNERS = {{0, 0, 1, 1}};
    private static final long[][] LOAD = {{50, 40, 6, 4}};

    @Test
    void ownersStayBetweenIntervals() {
        assertThat(POLICY.reshard(new ReshardInput(9, OWNERS, LOAD, 9))).isSameAs(OWNERS);
        assertThat(POLICY.reshard(new ReshardInput(11, OWNERS, LOAD, 1))).isSameAs(OWNERS);
    }

    @Test
    void theHotExpertsOfOneRankAreSplitUp() {
        assertThat(POLICY.reshard(new ReshardInput(10, OWNERS, LOAD, 10))).isDeepEqualTo(new int[][] {{0, 1, 1, 0}});
    }

    @Test
    void anIntervalBelowOneIsRefused() {
        assertThatThrownBy(() -> new PeriodicResharding(new ExpertParallelPolicy(), TWO, 0, 0))
                .hasMessage("re-sharding every 0 steps, allowed 1 or more");
    }
}
