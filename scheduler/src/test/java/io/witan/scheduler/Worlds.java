package io.witan.scheduler;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random topologies, ownerships, loads and copies for the property tests; small enough that all shapes come up. */
public final class Worlds {
    private Worlds() {}

    /** One layer of one step. */
    public record Layer(Topology topology, Placement owners, Placement wide, long[] load) {
        @Override
        public String toString() {
            return topology + " owners " + owners + " wide " + wide + " load " + Arrays.toString(load);
        }
    }

    /** All layers of a run. */
    public record Run(Topology topology, int[][] owner, long[][] loads, int[] overlapDegree) {
        @Override
        public String toString() {
            return topology + " owner " + Arrays.deepToString(owner) + " loads " + Arrays.deepToString(loads) + " t "
                    + Arrays.toString(overlapDegree);
        }
    }

    public static Arbitrary<Topology> topologies() {
        return Arbitraries.integers()
                .between(1, 4)
                .array(int[].class)
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(Topology::of);
    }

    public static Arbitrary<Layer> layers() {
        return Combinators.combine(topologies(), Arbitraries.integers().between(1, 10))
                .as(Tuple::of)
                .flatMap(shape -> layer(shape.get1(), shape.get2()));
    }

    public static Arbitrary<Run> runs() {
        Arbitrary<Integer> layers = Arbitraries.integers().between(1, 5);
        Arbitrary<Integer> experts = Arbitraries.integers().between(1, 9);
        return Combinators.combine(topologies(), layers, experts)
                .as(Tuple::of)
                .filter(shape -> shape.get1().rankCount() <= shape.get2() * shape.get3())
                .flatMap(shape -> run(shape.get1(), shape.get2(), shape.get3()));
    }

    /** Loads with many zeros and ties, ordinary ones, and ones whose products pass 63 bits. */
    public static Arbitrary<long[]> loads(int experts) {
        Arbitrary<Long> load = Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.just(0L)),
                Tuple.of(4, Arbitraries.longs().between(0, 8)),
                Tuple.of(4, Arbitraries.longs().between(0, 1_000_000)),
                Tuple.of(1, Arbitraries.longs().between(0, Long.MAX_VALUE / experts)));
        return load.array(long[].class).ofSize(experts);
    }

    /** Token counts of every source and expert, a quarter of them 0. */
    public static int[][] counts(Topology topology, int experts, long seed) {
        Random random = new Random(seed);
        int[][] counts = new int[topology.rankCount()][experts];
        for (int[] row : counts) {
            Arrays.setAll(row, _ -> random.nextInt(4) == 0 ? 0 : random.nextInt(40));
        }
        return counts;
    }

    /** Costs of a layer, from those where nothing hides to those where all does. */
    public static Arbitrary<LayerCost> costs() {
        Arbitrary<Long> bytes = Arbitraries.longs().between(1, 100_000);
        Arbitrary<Long> times = Arbitraries.longs().between(0, 3_000_000);
        Arbitrary<LinkSpeed> speeds = Combinators.combine(
                        Arbitraries.longs().between(1_000_000, 1_000_000_000_000L),
                        Arbitraries.longs().between(1_000_000, 1_000_000_000_000L))
                .as(LinkSpeed::new);
        return Combinators.combine(bytes, bytes, times, times, times, speeds)
                .as((expert, row, forward, attention, startUp, speed) ->
                        new LayerCost(expert, 4 * expert, row, forward, attention, startUp / 100, speed));
    }

    private static Arbitrary<Layer> layer(Topology topology, int experts) {
        int ranks = topology.rankCount();
        Arbitrary<int[]> owner = ranksOf(topology).array(int[].class).ofSize(experts);
        Arbitrary<int[][]> extra = Arbitraries.oneOf(
                ranksOf(topology)
                        .array(int[].class)
                        .ofMaxSize(ranks)
                        .array(int[][].class)
                        .ofSize(experts),
                Arbitraries.of(true, false).map(all -> everywhereOrNowhere(experts, all ? ranks : 0)));
        return Combinators.combine(owner, extra, loads(experts)).as((o, x, load) -> {
            Placement owners = Placement.ofOwners(o, ranks);
            return new Layer(topology, owners, owners.with(x), load);
        });
    }

    private static Arbitrary<Run> run(Topology topology, int layers, int experts) {
        Arbitrary<int[][]> owner = ranksOf(topology)
                .array(int[].class)
                .ofSize(experts)
                .array(int[][].class)
                .ofSize(layers);
        Arbitrary<long[][]> load = loads(experts).array(long[][].class).ofSize(layers);
        Arbitrary<int[]> degree = Arbitraries.integers()
                .between(0, experts + 1)
                .array(int[].class)
                .ofSize(layers);
        return Combinators.combine(owner, load, degree).as((o, x, t) -> new Run(topology, o, x, t));
    }

    private static Arbitrary<Integer> ranksOf(Topology topology) {
        return Arbitraries.integers().between(0, topology.rankCount() - 1);
    }

    private static int[][] everywhereOrNowhere(int experts, int copies) {
        int[][] extra = new int[experts][copies];
        for (int[] row : extra) {
            Arrays.setAll(row, rank -> rank);
        }
        return extra;
    }
}
