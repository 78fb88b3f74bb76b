package io.witan.scheduler.simulate.table;

import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.simulate.ClusterModel;
import io.witan.scheduler.simulate.LoadModel;
import io.witan.scheduler.simulate.ModelShape;
import io.witan.scheduler.simulate.SimulatedRun;
import io.witan.scheduler.simulate.Simulation;
import io.witan.scheduler.simulate.TrainingSystem;
import java.util.ArrayList;
import java.util.List;

/**
 * LAER-MoE (arXiv 2602.11686), raw figures of its artefact: seconds an iteration on 4 nodes of 8 A100-80G, data set wikitext, no
 * auxiliary loss, 128 sequences of 8192 tokens an iteration in two micro-batches a rank, layers recomputed. Links as its planner has
 * them: 216 GB/s inside a node, 89 GB/s for a node.
 */
public final class LaerTable {
    private static final Simulation.Steps STEPS = new Simulation.Steps(6, 8);
    private static final LoadModel.Skew SKEW = new LoadModel.Skew(
            Double.parseDouble(System.getProperty("a0", "0.2")),
            Double.parseDouble(System.getProperty("a1", "0.8")),
            Double.parseDouble(System.getProperty("dr", "0.3")),
            0.8,
            0.1);

    private LaerTable() {}

    private record Case(
            String name, int layers, int width, int hidden, int experts, int topK, double fsdp, double flex, double laer) {
        ModelShape model() {
            return new ModelShape(
                    layers, width, hidden, 3, 8.0 * 128 / width, experts, topK, 8192, 16384, 2, 2,
                    ModelShape.Recompute.LAYER);
        }

        /** Slots of a rank, as its scripts set them. */
        int slots() {
            return experts / 4;
        }
    }

    private static final List<Case> CASES = List.of(
            new Case("8x7B e8k2", 32, 4096, 14336, 8, 2, 35.66, 28.51, 26.33),
            new Case("8x7B e16k4", 24, 4096, 7168, 16, 4, 27.79, 24.71, 18.85),
            new Case("8x22B e8k2", 18, 6144, 16384, 8, 2, 35.16, 26.50, 24.00),
            new Case("8x22B e16k4", 14, 6144, 8192, 16, 4, 27.22, 25.47, 18.37));

    /** @param seed of the loads */
    public static Table of(long seed) {
        List<TableRow> rows = new ArrayList<>();
        boolean ordered = true;
        for (Case each : CASES) {
            SimulatedRun ep = run(each, SlotPolicy.Solver.GROUPS, seed);
            SimulatedRun flex = run(each, SlotPolicy.Solver.ROUNDS, seed);
            SimulatedRun laer = run(each, SlotPolicy.Solver.REPLICAS, seed);
            if (Boolean.getBoolean("dbg")) for (SimulatedRun r : List.of(ep, flex, laer)) System.out.printf("%s it %.2f exp %.2f ex %.2f par %.2f imb %.2f%n", each.name, r.iterationNs()/1e9, r.expertNs()/1e9, r.exchangeNs()/1e9, r.parameterNs()/1e9, r.imbalance());
            rows.add(TableRow.fitted(each.name + " FSDP+EP", "s", each.fsdp, ep.iterationNs() / 1e9));
            rows.add(TableRow.predicted(each.name + " FlexMoE", "s", each.flex, flex.iterationNs() / 1e9));
            rows.add(TableRow.predicted(each.name + " LAER-MoE", "s", each.laer, laer.iterationNs() / 1e9));
            ordered &= ep.iterationNs() > flex.iterationNs() && flex.iterationNs() >= laer.iterationNs();
        }
        return new Table(
                "laer",
                "LAER-MoE, raw figures: seconds an iteration on 32 GPUs",
                List.of(),
                rows,
                List.of(
                        Table.medianWithin(rows, 0.15),
                        new Verdict("order FSDP+EP > FlexMoE >= LAER-MoE in every row", ordered)),
                List.of());
    }

    private static SimulatedRun run(Case each, SlotPolicy.Solver solver, long seed) {
        double net = Double.parseDouble(System.getProperty("e", "1"));
        ClusterModel cluster = new ClusterModel(
                Topology.of(8, 8, 8, 8),
                new LinkSpeed((long) (net * 216e9), (long) (Double.parseDouble(System.getProperty("n", "1")) * 89e9)),
                Double.parseDouble(System.getProperty("x", "245e12")),
                Double.parseDouble(System.getProperty("d", "71e12")),
                50_000,
                0);
        SlotPolicy policy = new SlotPolicy(cluster.topology(), each.slots(), solver, 1);
        TrainingSystem system = new TrainingSystem(
                solver.name(),
                policy,
                1,
                TrainingSystem.Copies.SHARDED,
                TrainingSystem.Gather.FROM_PREVIOUS_LAYER,
                TrainingSystem.Reduce.BESIDE_BACKWARD,
                TrainingSystem.Hops.PLANNED,
                each.slots());
        return Simulation.run(cluster, each.model(), system, SKEW, seed, STEPS);
    }
}
