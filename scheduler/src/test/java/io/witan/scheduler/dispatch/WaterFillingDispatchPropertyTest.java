package io.witan.scheduler.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class WaterFillingDispatchPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Property(tries = 600)
    void conservesTokensInTheirTiersAndNeverLoadsTheBusiestMore(
            @ForAll("layers") Worlds.Layer layer, @ForAll long seed) {
        Topology topology = layer.topology();
        int[][] counts = Worlds.counts(topology, layer.wide().expertCount(), seed);
        DispatchPlan even = DispatchRule.EVEN.plan(topology, layer.wide(), counts);
        DispatchPlan plan = DispatchRule.BALANCING.plan(topology, layer.wide(), counts);
        for (int s = 0; s < counts.length; s++) {
            for (int e = 0; e < counts[s].length; e++) {
                int[] byHolder = plan.counts()[s][e];
                assertThat(Arrays.stream(byHolder).sum()).isEqualTo(counts[s][e]);
                for (int rank = 0; rank < byHolder.length; rank++) {
                    assertThat(byHolder[rank] == 0 || allowed(topology, layer.wide(), s, e, rank))
                            .isTrue();
                }
            }
        }

        assertThat(busiest(plan)).isLessThanOrEqualTo(busiest(even));
        assertThat(crossingRows(topology, plan)).isEqualTo(crossingRows(topology, even));
        assertThat(DispatchRule.BALANCING.plan(topology, layer.wide(), deepCopy(counts)))
                .isEqualTo(plan);
    }

    /** One expert, one pool: every other split of it has a busiest rank at least as busy. */
    @Property(tries = 300)
    void isTheBestForASingleExpertOnOneNode(@ForAll long seed) {
        Topology topology = Topology.of(4);
        Placement wide = Placement.ofOwners(new int[] {0, 1}, 4).with(new int[][] {{2}, {1}});
        int[][] counts = Worlds.counts(topology, 2, seed);
        int best = Integer.MAX_VALUE;
        int moving = counts[1][0] + counts[3][0];
        for (int toOwner = 0; toOwner <= moving; toOwner++) {
            int onOwner = counts[0][0] + toOwner;
            int onCopy = counts[2][0] + moving - toOwner;
            int onOther = counts[0][1] + counts[1][1] + counts[2][1] + counts[3][1];
            best = Math.min(best, Math.max(Math.max(onOwner, onCopy), onOther));
        }

        assertThat(busiest(DispatchRule.BALANCING.plan(topology, wide, counts))).isEqualTo(best);
    }

    @Example
    void poursAroundABusyRank() {
        Topology topology = Topology.of(3);
        Placement wide = Placement.ofOwners(new int[] {0, 0}, 3).with(new int[][] {{1}});
        int[][] counts = {{0, 50}, {0, 0}, {40, 0}};

        DispatchPlan even = DispatchRule.EVEN.plan(topology, wide, counts);
        DispatchPlan balanced = DispatchRule.BALANCING.plan(topology, wide, counts);

        assertThat(even.counts()[2][0]).as("20 on the rank that has 50").containsExactly(20, 20, 0);
        assertThat(balanced.counts()[2][0]).containsExactly(0, 40, 0);
        assertThat(busiest(balanced)).isEqualTo(50);
        assertThatThrownBy(() -> DispatchRule.BALANCING.plan(topology, wide, new int[2][2]))
                .hasMessageContaining("counts have 2");
    }

    private static boolean allowed(Topology topology, Placement wide, int source, int expert, int rank) {
        if (wide.holds(source, expert)) {
            return rank == source;
        }
        boolean nearby = Arrays.stream(wide.holders(expert)).anyMatch(holder -> topology.sameNode(holder, source));
        return wide.holds(rank, expert) && (!nearby || topology.sameNode(rank, source));
    }

    private static int busiest(DispatchPlan plan) {
        int busiest = 0;
        for (int rank = 0; rank < plan.rankCount(); rank++) {
            int sum = 0;
            for (int s = 0; s < plan.rankCount(); s++) {
                sum += plan.rows(s, rank);
            }
            busiest = Math.max(busiest, sum);
        }
        return busiest;
    }

    private static int crossingRows(Topology topology, DispatchPlan plan) {
        int rows = 0;
        for (int s = 0; s < topology.rankCount(); s++) {
            for (int rank = 0; rank < topology.rankCount(); rank++) {
                rows += topology.sameNode(s, rank) ? 0 : plan.rows(s, rank);
            }
        }
        return rows;
    }

    private static int[][] deepCopy(int[][] rows) {
        return Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
    }
}
