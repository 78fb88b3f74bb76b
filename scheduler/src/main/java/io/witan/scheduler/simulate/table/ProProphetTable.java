package io.witan.scheduler.simulate.table;

import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.simulate.ClusterModel;
import io.witan.scheduler.simulate.LoadModel;
import io.witan.scheduler.simulate.ModelShape;
import io.witan.scheduler.simulate.SimulatedRun;
import io.witan.scheduler.simulate.Simulation;
import io.witan.scheduler.simulate.TrainingSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Pro-Prophet (arXiv 2411.10003v2), table IV: speedups over DeepSpeed-MoE on 4 nodes of 4 RTX 3090, 100 Gb/s between nodes; 16384
 * tokens an iteration, as many experts as GPUs. Models: table III. Shares of time: table I. Loads: figure 3, in most layers the three
 * heaviest of 16 experts have over 50 % and the three lightest under 5 %.
 */
public final class ProProphetTable {
    private static final int RANKS = 16;
    private static final int TOKENS = 16384;
    private static final int SEQUENCE = 1024;
    private static final Simulation.Steps STEPS = new Simulation.Steps(6, 10);
    private static final LoadModel.Skew SKEW = new LoadModel.Skew(0.95, 1.15, 0.15, 0.95, 0.1);
    private static final double FLOPS = 8e12;
    /** PCI Express 3.0 x16, and 100 Gb/s, both less a tenth to a third. */
    private static final LinkSpeed SPEED = new LinkSpeed(10_000_000_000L, 11_000_000_000L);

    private static final long START_UP_NS = 50_000;

    private ProProphetTable() {}

    private record Case(
            String name, int layers, int width, int hidden, double place, double[] fasterMoe, double[] proProphet) {
        ModelShape model(int topK) {
            return new ModelShape(
                    layers,
                    width,
                    hidden,
                    2,
                    1,
                    RANKS,
                    topK,
                    SEQUENCE,
                    TOKENS / RANKS,
                    1,
                    2,
                    ModelShape.Recompute.NONE);
        }
    }

    private static final List<Case> CASES = List.of(
            new Case("S", 12, 512, 1024, 11.6, new double[] {1.63, 2.31}, new double[] {1.98, 2.62}),
            new Case("M", 12, 1024, 2048, 12.5, new double[] {1.99, 1.82}, new double[] {2.22, 2.10}),
            new Case("L", 12, 2048, 4096, 14.2, new double[] {1.62, 1.94}, new double[] {1.80, 2.23}),
            new Case("DS", 24, 512, 1024, 13.8, new double[] {1.34, 1.77}, new double[] {1.70, 1.94}),
            new Case("DM", 24, 1024, 2048, 16.1, new double[] {1.68, 1.84}, new double[] {2.26, 2.07}));

    private record Speedups(double fasterMoe, double proProphet, double placeShare) {}

    /** @param seed of the loads */
    public static Table of(long seed) {
        return of(seed, ProphetPolicy::new);
    }

    /** With another planner in Pro-Prophet's place. */
    static Table of(long seed, BiFunction<Topology, ProphetPolicy.Costs, PlacementPolicy> planner) {
        List<TableRow> rows = new ArrayList<>();
        List<TableRow> shares = new ArrayList<>();
        boolean ordered = true;
        for (int topK = 1; topK <= 2; topK++) {
            for (Case each : CASES) {
                Speedups ours = speedups(each, topK, seed, planner);
                String label = "MoE-GPT-" + each.name + ", k = " + topK;
                rows.add(TableRow.predicted(label + ", FasterMoE", "x", each.fasterMoe[topK - 1], ours.fasterMoe));
                rows.add(TableRow.predicted(label + ", Pro-Prophet", "x", each.proProphet[topK - 1], ours.proProphet));
                if (topK == 1) {
                    shares.add(TableRow.fitted(
                            label + ", FasterMoE, parameters' share", "%", each.place, 100 * ours.placeShare));
                }
                ordered &= 1 < ours.fasterMoe && ours.fasterMoe <= ours.proProphet;
            }
        }
        rows.addAll(shares);
        return new Table(
                "pro-prophet",
                "Pro-Prophet, table IV: times as fast as DeepSpeed-MoE (EP) on 16 GPUs",
                List.of(
                        "fitted: 1 constant, 8 TFLOP/s in experts and attention, to table I (share of the time in which FasterMoE"
                                + " sends parameters); the paper has no absolute time of EP to fit to",
                        "from the paper: models (table III), tokens, nodes, links; loads from figure 3: Zipf 0.95 to 1.15 by layer",
                        "assumed: values of 2 bytes, sequences of 1024, 50 us to start an operation between ranks"),
                rows,
                List.of(
                        Table.medianWithin(rows, Table.NEAR),
                        new Verdict("order EP < FasterMoE <= Pro-Prophet in every row", ordered)),
                List.of());
    }

    private static Speedups speedups(
            Case each, int topK, long seed, BiFunction<Topology, ProphetPolicy.Costs, PlacementPolicy> planner) {
        ModelShape model = each.model(topK);
        ClusterModel cluster = new ClusterModel(Topology.of(4, 4, 4, 4), SPEED, FLOPS, FLOPS, START_UP_NS, 0);
        PolicySettings settings = cluster.policySettings(model).withMemoryPool(model.layers() * RANKS);
        SimulatedRun ep = run(cluster, model, Systems.expertParallel(settings), seed);
        SimulatedRun faster = run(cluster, model, Systems.shadow(settings), seed);
        PlacementPolicy prophet = planner.apply(cluster.topology(), ProphetPolicy.Costs.of(cluster, model));
        SimulatedRun pro = run(cluster, model, Systems.proProphet(prophet), seed);
        return new Speedups(
                ep.iterationNs() / faster.iterationNs(),
                ep.iterationNs() / pro.iterationNs(),
                // Half of it goes the other way, as gradients.
                faster.parameterNs() / 2 / faster.iterationNs());
    }

    private static SimulatedRun run(ClusterModel cluster, ModelShape model, TrainingSystem system, long seed) {
        return Simulation.run(cluster, model, system, SKEW, seed, STEPS);
    }
}
