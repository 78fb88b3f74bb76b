package io.witan.scheduler.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TopologyDispatchPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    /** The rule of the paper, token by token: each goes to the next holder of the nearest tier, in turn. */
    @Property(tries = 600)
    void equalsDealingTokensOneByOne(@ForAll("layers") Worlds.Layer layer, @ForAll long seed) {
        int[][] counts = counts(layer, seed);
        int[][][] expected = new int[layer.topology().rankCount()][layer.wide().expertCount()]
                [layer.topology().rankCount()];
        for (int s = 0; s < counts.length; s++) {
            for (int e = 0; e < counts[s].length; e++) {
                int[] tier = nearestHolders(layer.topology(), layer.wide(), s, e);
                for (int token = 0; token < counts[s][e]; token++) {
                    expected[s][e][tier[(s + e + token) % tier.length]]++;
                }
            }
        }

        assertThat(TopologyDispatch.plan(layer.topology(), layer.wide(), counts))
                .isEqualTo(new DispatchPlan(expected));
    }

    @Property(tries = 600)
    void conservesTokensAndSendsThemToHoldersOnly(@ForAll("layers") Worlds.Layer layer, @ForAll long seed) {
        int[][] counts = counts(layer, seed);
        DispatchPlan plan = TopologyDispatch.plan(layer.topology(), layer.wide(), counts);

        long sent = 0;
        for (int s = 0; s < counts.length; s++) {
            for (int e = 0; e < counts[s].length; e++) {
                int[] byHolder = plan.counts()[s][e];
                assertThat(Arrays.stream(byHolder).sum()).isEqualTo(counts[s][e]);
                for (int rank = 0; rank < byHolder.length; rank++) {
                    assertThat(byHolder[rank] == 0 || layer.wide().holds(rank, e))
                            .isTrue();
                }
            }
            for (int rank = 0; rank < counts.length; rank++) {
                sent += plan.rows(s, rank);
            }
        }
        assertThat(sent)
                .isEqualTo(Arrays.stream(counts)
                        .flatMapToInt(Arrays::stream)
                        .asLongStream()
                        .sum());
    }

    @Property(tries = 250)
    void copiesNeverAddTrafficBetweenNodes(@ForAll("layers") Worlds.Layer layer, @ForAll long seed) {
        int[][] counts = counts(layer, seed);
        DispatchPlan narrow = TopologyDispatch.plan(layer.topology(), layer.owners(), counts);
        DispatchPlan wide = TopologyDispatch.plan(layer.topology(), layer.wide(), counts);

        assertThat(crossingRows(layer.topology(), wide)).isLessThanOrEqualTo(crossingRows(layer.topology(), narrow));
    }

    private static int[][] counts(Worlds.Layer layer, long seed) {
        Random random = new Random(seed);
        int[][] counts = new int[layer.topology().rankCount()][layer.wide().expertCount()];
        for (int[] row : counts) {
            Arrays.setAll(row, e -> random.nextInt(4) == 0 ? 0 : random.nextInt(40));
        }
        return counts;
    }

    private static int[] nearestHolders(Topology topology, Placement placement, int source, int expert) {
        int[] all = placement.holders(expert);
        if (IntStream.of(all).anyMatch(rank -> rank == source)) {
            return new int[] {source};
        }
        int[] onNode = IntStream.of(all)
                .filter(rank -> topology.sameNode(rank, source))
                .toArray();
        return onNode.length > 0 ? onNode : all;
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
}
