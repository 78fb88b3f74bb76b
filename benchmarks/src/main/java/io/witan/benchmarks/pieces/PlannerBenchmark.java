package io.witan.benchmarks.pieces;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What FSSDP decides for a large model: the copies of all layers before a step, the layer time model, a look at the owners. Loads
 * are Zipf's with exponent 1, over other experts in each layer. It makes objects: it runs beside the hot path, not on it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class PlannerBenchmark {
    private static final int RANKS_PER_NODE = 8;
    private static final int TOP_K = 2;
    private static final int TOKENS_PER_RANK = 4096;
    private static final int OVERLAP_DEGREE = 8;

    @Param({"ALGORITHM1", "SCORED"})
    PolicySettings.Planner planner;

    @Param("48")
    int layers;

    @Param("256")
    int experts;

    @Param("1024")
    int ranks;

    /** Copies that fit on a rank in the average layer: fewer than t, so that they must be spread. */
    @Param({"1", "4"})
    int copies;

    private PlacementPolicy policy;
    private StepInput input;
    private StepInput oneLayer;
    private PlacementPolicy oneLayerPolicy;
    private ReshardInput reshard;
    private LayerTimeModel model;
    private Placement wide;
    private int[][] counts;
    private long assignments;

    @Setup
    public void setUp() {
        int[] nodes = new int[ranks / RANKS_PER_NODE];
        Arrays.fill(nodes, RANKS_PER_NODE);
        Topology topology = Topology.of(nodes);
        SplittableRandom random = new SplittableRandom(1);
        long[][] load = new long[layers][];
        Arrays.setAll(load, _ -> zipf(random));
        int[][] owners = OwnerPlacement.even(layers, experts, ranks);
        List<Placement> narrow = Arrays.stream(owners)
                .map(owner -> Placement.ofOwners(owner, ranks))
                .toList();
        LayerCost cost = new LayerCost(
                18_900_000,
                151_000_000,
                3072,
                290_000,
                3_000_000,
                20_000,
                new LinkSpeed(200_000_000_000L, 50_000_000_000L));
        assignments = (long) TOP_K * TOKENS_PER_RANK * ranks;
        policy = policy(topology, Collections.nCopies(layers, cost), copies * layers);
        oneLayerPolicy = policy(topology, List.of(cost), copies);
        input = new StepInput(1, narrow, List.of(), load);
        oneLayer = new StepInput(1, narrow.subList(0, 1), List.of(), Arrays.copyOf(load, 1));
        reshard = new ReshardInput(100, owners, load, 100);
        model = LayerTimeModel.ofWholeExperts(topology, cost);
        StepPlacement placed = policy.place(input);
        check(placed);
        wide = placed.wide().getFirst();
        counts = new int[ranks][experts];
        for (int[] row : counts) {
            Arrays.setAll(row, e -> (int) (load[0][e]
                    * TOP_K
                    * TOKENS_PER_RANK
                    / Arrays.stream(load[0]).sum()));
        }
    }

    private PlacementPolicy policy(Topology topology, List<LayerCost> costs, int pool) {
        return NamedPolicy.FSSDP.create(PolicySettings.of(topology, costs, assignments)
                .withOverlapDegree(OVERLAP_DEGREE)
                .withMemoryPool(pool)
                .withPlanner(planner)
                .withReshardInterval(100));
    }

    private long[] zipf(SplittableRandom random) {
        long[] load = new long[experts];
        Arrays.setAll(load, e -> 1_000_000 / (e + 1));
        for (int e = experts - 1; e > 0; e--) {
            int other = random.nextInt(e + 1);
            long swapped = load[e];
            load[e] = load[other];
            load[other] = swapped;
        }
        return load;
    }

    private void check(StepPlacement placed) {
        int[] perRank = new int[ranks];
        for (int l = 0; l < layers; l++) {
            int[] ofLayer = placed.wide().get(l).copiesByRank();
            Arrays.setAll(perRank, rank -> perRank[rank] + ofLayer[rank]);
            if (!placed.wide().get(l).contains(input.owners().get(l))) {
                throw new IllegalStateException("layer " + l + " lost owners");
            }
        }
        int most = Arrays.stream(perRank).max().getAsInt();
        if (most > copies * layers || most == 0) {
            throw new IllegalStateException(most + " copies on a rank, but there is room for " + copies * layers);
        }
    }

    /** Copies of all layers. */
    @Benchmark
    public StepPlacement model() {
        return policy.place(input);
    }

    /** Copies of one layer. */
    @Benchmark
    public StepPlacement layer() {
        return oneLayerPolicy.place(oneLayer);
    }

    /** Time of one layer from predicted loads. */
    @Benchmark
    public LayerTime expected() {
        return model.expected(wide, input.predictedLoad()[0], assignments);
    }

    /** Time of one layer from the counts of all ranks. */
    @Benchmark
    public LayerTime counted() {
        return model.time(wide, counts);
    }

    /** A look at the owners of all layers, with the gate. */
    @Benchmark
    public int[][] owners() {
        return policy.reshard(reshard);
    }
}
