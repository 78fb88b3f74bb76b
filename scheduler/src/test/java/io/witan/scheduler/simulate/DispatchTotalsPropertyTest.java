package io.witan.scheduler.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.dispatch.TopologyDispatch;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The totals against the plan that training uses, added up. */
final class DispatchTotalsPropertyTest {
    @Property(tries = 200)
    void theyAreWhatThePlanAddsUpTo(
            @ForAll @IntRange(min = 1, max = 3) int nodes,
            @ForAll @IntRange(min = 1, max = 3) int local,
            @ForAll @IntRange(min = 1, max = 6) int experts,
            @ForAll long seed) {
        Random random = new Random(seed);
        int[] sizes = new int[nodes];
        Arrays.setAll(sizes, node -> 1 + random.nextInt(local));
        Topology topology = Topology.of(sizes);
        int ranks = topology.rankCount();
        int[] owner = random.ints(experts, 0, ranks).toArray();
        int[][] extra = new int[experts][];
        Arrays.setAll(
                extra, e -> random.ints(random.nextInt(ranks + 1), 0, ranks).toArray());
        Placement placement = Placement.ofOwners(owner, ranks).with(extra);
        int[][] counts = new int[ranks][];
        Arrays.setAll(counts, s -> random.ints(experts, 0, 20).toArray());

        DispatchTotals totals = DispatchTotals.of(topology, placement, counts);

        DispatchPlan plan = TopologyDispatch.plan(topology, placement, counts);
        long[] computed = new long[ranks];
        long[] insideIn = new long[ranks];
        long[] insideOut = new long[ranks];
        long[] networkIn = new long[nodes];
        long[] networkOut = new long[nodes];
        for (int s = 0; s < ranks; s++) {
            for (int t = 0; t < ranks; t++) {
                int rows = plan.rows(s, t);
                computed[t] += rows;
                boolean inside = topology.sameNode(s, t);
                insideIn[t] += s != t && inside ? rows : 0;
                insideOut[s] += s != t && inside ? rows : 0;
                networkIn[topology.nodeOf(t)] += inside ? 0 : rows;
                networkOut[topology.nodeOf(s)] += inside ? 0 : rows;
            }
        }
        assertThat(totals.computed()).isEqualTo(computed);
        assertThat(totals.insideIn()).isEqualTo(insideIn);
        assertThat(totals.insideOut()).isEqualTo(insideOut);
        assertThat(totals.networkIn()).isEqualTo(networkIn);
        assertThat(totals.networkOut()).isEqualTo(networkOut);
    }
}
