package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ReplicaSpreadPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    /** The rule, one holder at a time over all ranks with a comparator: the oracle. */
    @Property(tries = 500)
    void equalsPlacingOneByOne(@ForAll("layers") Worlds.Layer layer, @ForAll long seed) {
        Random random = new Random(seed);
        Topology topology = layer.topology();
        int ranks = topology.rankCount();
        int[] free = random.ints(ranks, 0, 4).toArray();
        int[] counts = new int[layer.load().length];
        Arrays.setAll(counts, e -> Math.min(ranks, layer.wide().holders(e).length + random.nextInt(4)));

        int[][] added = new ReplicaSpread(topology, layer.load(), free).beyond(layer.wide(), counts);

        assertThat(added).isDeepEqualTo(oneByOne(topology, layer.wide(), layer.load(), free, counts));
    }

    /** Counts grow by the largest load / holders, as a full look at all experts finds it. */
    @Property(tries = 500)
    void countsGrowWhereLoadOverHoldersIsLargest(@ForAll("layers") Worlds.Layer layer, @ForAll long seed) {
        int experts = layer.load().length;
        int most = layer.topology().rankCount();
        int[] expected = new int[experts];
        Arrays.fill(expected, 1);
        int limit = experts + new Random(seed).nextInt(3 * most);
        ReplicaCounts counts = new ReplicaCounts(layer.load(), expected, most);
        counts.growTo((experts + limit) / 2);
        counts.growTo(limit);
        for (int total = experts; total < limit; total++) {
            int best = -1;
            for (int e = 0; e < experts; e++) {
                boolean able = layer.load()[e] > 0 && expected[e] < most;
                if (able
                        && (best < 0
                                || LoadOrder.compareRatios(
                                                layer.load()[e], expected[e], layer.load()[best], expected[best])
                                        > 0)) {
                    best = e;
                }
            }
            if (best >= 0) {
                expected[best]++;
            }
        }

        assertThat(counts.counts()).isEqualTo(expected);
        assertThat(counts.total()).isEqualTo(IntStream.of(expected).sum());
    }

    private static int[][] oneByOne(Topology topology, Placement base, long[] load, int[] free, int[] counts) {
        long[] scaled = LoadOrder.scaled(load, 52);
        int[] room = free.clone();
        long[] rankLoad = new long[room.length];
        List<Set<Integer>> holders = new ArrayList<>();
        for (int e = 0; e < load.length; e++) {
            holders.add(new TreeSet<>());
            for (int rank : base.holders(e)) {
                holders.get(e).add(rank);
                rankLoad[rank] += scaled[e] / counts[e];
            }
        }
        IntStream.range(0, load.length)
                .boxed()
                .sorted(Comparator.comparing(e -> -(scaled[e] / counts[e])))
                .forEach(e -> {
                    Set<Integer> held = holders.get(e);
                    while (held.size() < counts[e]) {
                        Optional<Integer> best = IntStream.range(0, room.length)
                                .boxed()
                                .filter(rank -> room[rank] > 0 && !held.contains(rank))
                                .min(Comparator.comparing((Integer rank) -> held.stream()
                                                .filter(other -> topology.sameNode(other, rank))
                                                .count())
                                        .thenComparing(rank -> rankLoad[rank])
                                        .thenComparing(rank -> rank));
                        if (best.isEmpty()) {
                            break;
                        }
                        held.add(best.get());
                        room[best.get()]--;
                        rankLoad[best.get()] += scaled[e] / counts[e];
                    }
                });
        int[][] added = new int[load.length][];
        Arrays.setAll(added, e -> holders.get(e).stream()
                .filter(rank -> !base.holds(rank, e))
                .mapToInt(Integer::intValue)
                .toArray());
        return added;
    }
}
