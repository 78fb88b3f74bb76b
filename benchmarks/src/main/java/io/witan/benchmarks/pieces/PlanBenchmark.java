package io.witan.benchmarks.pieces;

import io.witan.collectives.sparse.RankHops;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.Arrays;
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
 * The transfer plan of one layer, its hash and the hops of a rank, as every rank makes them once a layer and step; the layers take turns. A step makes
 * as many plans as there are layers. It makes objects: it runs beside the hot path, not on it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class PlanBenchmark {
    private static final int RANKS_PER_NODE = 8;
    private static final int MAX_LOAD = 4096;

    @Param("48")
    int layers;

    @Param("256")
    int experts;

    @Param("32")
    int ranks;

    /** Experts that a rank receives for a step beside its own. */
    @Param({"2", "8"})
    int copies;

    private Topology topology;
    private Placement[] narrow;
    private Placement[] wide;
    private long[][] load;
    private TransferPlan[] plans;
    private int layer;

    @Setup
    public void setUp() {
        int[] nodes = new int[ranks / RANKS_PER_NODE];
        Arrays.fill(nodes, RANKS_PER_NODE);
        topology = Topology.of(nodes);
        int[][] owners = OwnerPlacement.even(layers, experts, ranks);
        SplittableRandom random = new SplittableRandom(1);
        narrow = new Placement[layers];
        wide = new Placement[layers];
        load = new long[layers][];
        plans = new TransferPlan[layers];
        for (int l = 0; l < layers; l++) {
            narrow[l] = Placement.ofOwners(owners[l], ranks);
            wide[l] = narrow[l].with(extra(random));
            load[l] = random.longs(experts, 0, MAX_LOAD).toArray();
            plans[l] = HierarchicalTransferPlanner.plan(topology, narrow[l], wide[l], load[l]);
            if (plans[l].chunkCount() != wide[l].copyCount()) {
                throw new IllegalStateException("the plan of layer " + l + " moves " + plans[l].chunkCount()
                        + " chunks, but there are " + wide[l].copyCount() + " copies");
            }
        }
    }

    /** Ranks that get a copy of each expert: low experts are the popular ones. */
    private int[][] extra(SplittableRandom random) {
        int[][] extra = new int[experts][];
        Arrays.setAll(extra, _ -> new int[0]);
        for (int rank = 0; rank < ranks; rank++) {
            for (int copy = 0; copy < copies; copy++) {
                int expert = (int) (experts * Math.pow(random.nextDouble(), 3));
                extra[expert] = Arrays.copyOf(extra[expert], extra[expert].length + 1);
                extra[expert][extra[expert].length - 1] = rank;
            }
        }
        return extra;
    }

    @Benchmark
    public TransferPlan build() {
        layer = (layer + 1) % layers;
        return HierarchicalTransferPlanner.plan(topology, narrow[layer], wide[layer], load[layer]);
    }

    @Benchmark
    public long hash() {
        layer = (layer + 1) % layers;
        return plans[layer].hash();
    }

    @Benchmark
    public RankHops hops() {
        layer = (layer + 1) % layers;
        return new RankHops(layer % ranks, topology, plans[layer]);
    }
}
