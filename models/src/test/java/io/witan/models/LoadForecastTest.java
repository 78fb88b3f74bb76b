package io.witan.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.dispatch.DispatchRule;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LoadForecastTest {
    @Test
    void holdersOfANodeShareAndOthersGoFar() {
        // Expert 0 on ranks 0 and 1 of node 0, expert 1 on rank 3 of node 1 alone.
        Placement wide = Placement.ofHolders(new int[][] {{0, 1}, {3}}, 4);
        double[] received = new LoadForecast(Topology.of(2, 2)).received(wide, new double[] {10, 6});

        assertThat(received).containsExactly(20, 20, 0, 24);
    }

    /** What training's own rule makes of as many whole assignments, for random placements; a source's remainders are at most one an expert. */
    @Test
    void isWhatTheDispatchOfTrainingComesTo() {
        Random random = new Random(5);
        Topology topology = Topology.of(2, 3);
        int ranks = topology.rankCount();
        for (int round = 0; round < 100; round++) {
            int[][] holders = new int[7][];
            double[] perSource = new double[holders.length];
            for (int e = 0; e < holders.length; e++) {
                perSource[e] = random.nextInt(1000);
                int owner = random.nextInt(ranks);
                holders[e] = random.ints(0, ranks)
                        .limit(ranks)
                        .filter(rank -> rank != owner)
                        .distinct()
                        .limit(random.nextInt(ranks))
                        .toArray();
                holders[e] = Arrays.copyOf(holders[e], holders[e].length + 1);
                holders[e][holders[e].length - 1] = owner;
            }
            Placement wide = Placement.ofHolders(holders, ranks);
            int[] row = Arrays.stream(perSource).mapToInt(count -> (int) count).toArray();
            int[][] counts = new int[ranks][];
            Arrays.fill(counts, row);
            DispatchPlan plan = DispatchRule.EVEN.plan(topology, wide, counts);
            double[] received = new LoadForecast(topology).received(wide, perSource);
            for (int r = 0; r < ranks; r++) {
                long rows = 0;
                for (int s = 0; s < ranks; s++) {
                    rows += plan.rows(s, r);
                }
                assertThat(received[r]).isCloseTo(rows, within((double) ranks * holders.length));
            }
        }
    }
}
