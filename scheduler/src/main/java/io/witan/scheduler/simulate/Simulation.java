package io.witan.scheduler.simulate;

import io.witan.scheduler.placement.HeterogeneousSharding;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadOrder;
import io.witan.scheduler.predict.LoadPredictor;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Trains on paper: draws loads, asks the policy with the loads of the past only, and times each iteration. */
public final class Simulation {
    private final ClusterModel cluster;
    private final ModelShape model;
    private final TrainingSystem system;
    private final LoadModel loads;
    private final LoadPredictor predictor;
    private final Topology topology;
    private int[][] owners;
    private List<Placement> previous = List.of();
    private long[][] interval;
    private long intervalSteps;

    private Simulation(ClusterModel cluster, ModelShape model, TrainingSystem system, LoadModel loads) {
        this.cluster = cluster;
        this.model = model;
        this.system = system;
        this.loads = loads;
        this.topology = cluster.topology();
        this.predictor = new LoadPredictor(model.layers(), model.experts(), system.window());
        this.owners = OwnerPlacement.even(model.layers(), model.experts(), topology.rankCount());
        this.interval = new long[model.layers()][model.experts()];
    }

    /**
     * How long to run.
     *
     * @param warmUp steps that are not counted, at least 1: without loads of the past nothing is planned
     * @param measured steps that are
     */
    public record Steps(int warmUp, int measured) {}

    /**
     * @param skew of the loads
     * @param seed of all that is drawn; runs with the same seed, model and ranks get the same loads, whatever the system
     */
    public static SimulatedRun run(
            ClusterModel cluster,
            ModelShape model,
            TrainingSystem system,
            LoadModel.Skew skew,
            long seed,
            Steps steps) {
        Simulation simulation =
                new Simulation(cluster, model, system, new LoadModel(model.layers(), model.experts(), skew, seed));
        Sums sums = new Sums();
        for (int step = 1; step <= steps.warmUp + steps.measured; step++) {
            simulation.step(step, step > steps.warmUp ? sums : new Sums());
        }
        return sums.mean();
    }

    private static final class Sums {
        private double ns;
        private double attentionNs;
        private double fixedNs;
        private double exchangeNs;
        private double expertNs;
        private double[] rankExpertNs = new double[0];
        private double parameterNs;
        private double copies;
        private double imbalance;
        private long moved;
        private int count;

        SimulatedRun mean() {
            return new SimulatedRun(
                    ns / count,
                    (ns - attentionNs - fixedNs) / count,
                    exchangeNs / count,
                    expertNs / count,
                    Arrays.stream(rankExpertNs).max().orElse(0) / count,
                    Arrays.stream(rankExpertNs).average().orElse(0) / count,
                    parameterNs / count,
                    copies / count,
                    imbalance / count,
                    moved);
        }
    }

    private void step(int step, Sums sums) {
        loads.nextStep();
        List<Placement> narrow = new ArrayList<>();
        for (int[] owner : owners) {
            narrow.add(Placement.ofOwners(owner, topology.rankCount()));
        }
        long[][] predicted = predictor.predict();
        StepPlacement placed = system.policy().place(new StepInput(step, narrow, previous, predicted));
        List<LayerWork> work = new ArrayList<>();
        long[][] observed = new long[model.layers()][];
        long migrationNs = 0;
        for (int l = 0; l < model.layers(); l++) {
            int[][] counts = loads.counts(l, topology.rankCount(), model.tokensPerRank(), model.topK());
            observed[l] = LoadOrder.total(counts);
            work.add(layer(l, placed, narrow.get(l), predicted[l], counts));
            migrationNs += migration(l, placed.wide().get(l));
            sums.copies += placed.wide().get(l).copyCount() / (double) topology.rankCount() / model.layers();
        }
        IterationGraph.Result result = IterationGraph.run(cluster, model, system, work);
        predictor.record(observed);
        previous = placed.wide();
        long reshardNs = reshard(step, observed, sums);
        add(sums, result, work);
        sums.ns += migrationNs + reshardNs + cluster.fixedNs();
        sums.fixedNs += cluster.fixedNs();
        sums.count++;
    }

    private void add(Sums sums, IterationGraph.Result result, List<LayerWork> work) {
        int times = model.microBatches();
        sums.ns += (double) result.ns() * times;
        sums.attentionNs += (double) result.spent().attentionNs * times;
        sums.exchangeNs += (double) result.spent().exchangeNs * times;
        sums.expertNs += (double) result.spent().expertNs * times;
        sums.parameterNs += (double) result.spent().parameterNs * times;
        int passes = model.recompute() == ModelShape.Recompute.LAYER ? 4 : 3;
        sums.rankExpertNs = Arrays.copyOf(sums.rankExpertNs, topology.rankCount());
        for (LayerWork layer : work) {
            for (int rank = 0; rank < sums.rankExpertNs.length; rank++) {
                sums.rankExpertNs[rank] += (double) passes
                        * times
                        * cluster.expertNs(model, layer.totals().computed()[rank]);
            }
            long[] computed = layer.totals().computed();
            double mean = Arrays.stream(computed).average().orElse(1);
            sums.imbalance += Arrays.stream(computed).max().orElse(0) / mean / work.size();
        }
    }

    private LayerWork layer(int l, StepPlacement placed, Placement narrow, long[] predicted, int[][] counts) {
        Placement wide = placed.wide().get(l);
        Placement last = placed.afterGate()
                .map(late -> late.widen(l, wide, wide, counts))
                .orElse(wide);
        DispatchTotals totals = DispatchTotals.of(topology, last, counts);
        Volume none = Volume.none(topology);
        return switch (system.copies()) {
            case MATERIALISED -> {
                Volume early = transfer(narrow, wide, predicted);
                Volume all = last == wide ? early : transfer(narrow, last, LoadOrder.total(counts));
                Volume late = last == wide ? none : all.beyond(early);
                yield new LayerWork(totals, early, late, all, placed.keeps()[l]);
            }
            // Parameters of a replica follow its own optimizer: gradients are summed to all.
            case RESIDENT ->
                new LayerWork(
                        totals, none, none, transfer(narrow, wide, predicted).times(2), true);
            case SHARDED -> {
                Volume slices = Volume.ofSlices(topology, system.slots(), model.expertBytes());
                yield new LayerWork(totals, slices, none, slices, false);
            }
        };
    }

    private Volume transfer(Placement narrow, Placement wide, long[] load) {
        if (wide.copyCount() == 0) {
            return Volume.none(topology);
        }
        if (system.hops() == TrainingSystem.Hops.RING) {
            return Volume.ofRing(topology, wide, model.expertBytes());
        }
        TransferPlan plan = HierarchicalTransferPlanner.plan(topology, narrow, wide, load);
        return Volume.ofTransfer(plan, model.expertBytes());
    }

    /** State of replicas that were not there in the step before moves while nothing computes. */
    private long migration(int l, Placement wide) {
        if (system.copies() != TrainingSystem.Copies.RESIDENT) {
            return 0;
        }
        double[] inside = new double[topology.rankCount()];
        double[] network = new double[topology.nodeCount()];
        for (int e = 0; e < model.experts(); e++) {
            for (int rank : wide.holders(e)) {
                boolean had = previous.isEmpty()
                        ? wide.owner(e) == rank
                        : previous.get(l).holds(rank, e);
                if (!had && topology.sameNode(rank, wide.owner(e))) {
                    inside[rank] += model.stateBytes();
                } else if (!had) {
                    network[topology.nodeOf(rank)] += model.stateBytes();
                }
            }
        }
        return IterationGraph.aloneNs(cluster, new Volume(inside, network));
    }

    private long reshard(int step, long[][] observed, Sums sums) {
        for (int l = 0; l < observed.length; l++) {
            for (int e = 0; e < observed[l].length; e++) {
                interval[l][e] += observed[l][e];
            }
        }
        intervalSteps++;
        if (!system.policy().looksAtOwners(step)) {
            return 0;
        }
        int[][] next = system.policy().reshard(new ReshardInput(step, owners, interval, intervalSteps));
        interval = new long[model.layers()][model.experts()];
        intervalSteps = 0;
        if (next == owners) {
            return 0;
        }
        double[] inside = new double[topology.rankCount()];
        double[] network = new double[topology.nodeCount()];
        double[] networkOut = new double[topology.nodeCount()];
        for (int l = 0; l < next.length; l++) {
            for (int e = 0; e < next[l].length; e++) {
                int from = topology.nodeOf(owners[l][e]);
                int to = topology.nodeOf(next[l][e]);
                boolean moves = owners[l][e] != next[l][e];
                inside[next[l][e]] += moves && from == to ? model.stateBytes() : 0;
                network[to] += moves && from != to ? model.stateBytes() : 0;
                networkOut[from] += moves && from != to ? model.stateBytes() : 0;
            }
        }
        for (int node = 0; node < network.length; node++) {
            network[node] = Math.max(network[node], networkOut[node]);
        }
        sums.moved += HeterogeneousSharding.movedExperts(owners, next);
        owners = next;
        previous = List.of();
        return IterationGraph.aloneNs(cluster, new Volume(inside, network));
    }
}
