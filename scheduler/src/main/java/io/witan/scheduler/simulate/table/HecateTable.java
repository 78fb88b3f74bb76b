package io.witan.scheduler.simulate.table;

import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.PolicySettings.Retention;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import io.witan.scheduler.simulate.ClusterModel;
import io.witan.scheduler.simulate.LoadModel;
import io.witan.scheduler.simulate.ModelShape;
import io.witan.scheduler.simulate.SimulatedRun;
import io.witan.scheduler.simulate.Simulation;
import io.witan.scheduler.simulate.TrainingSystem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * Hecate (arXiv 2502.02581v1), section 5: ranges of speedups over EP, and of the price of re-materialisation. Its bars by
 * system and model are only drawn, so there are no figures of single cases.
 */
public final class HecateTable {
    private static final Simulation.Steps STEPS = new Simulation.Steps(30, 20);
    private static final LoadModel.Skew SKEW = new LoadModel.Skew(0.4, 1.0, 0.15, 0.95, 0.1);
    private static final int RESHARD_INTERVAL = 25;
    private static final int LOCAL = 8;
    private static final long START_UP_NS = 50_000;
    private static final double LEAST_SPEEDUP = 1.26;
    private static final double MOST_SPEEDUP = 3.54;

    private HecateTable() {}

    /** A model with the sequences of a rank that we assume. */
    record Case(String name, int layers, int width, int sequence, int sequences) {
        ModelShape model(int ranks) {
            return new ModelShape(
                    layers,
                    width,
                    2 * width,
                    2,
                    1,
                    2 * ranks,
                    2,
                    sequence,
                    sequence * sequences,
                    1,
                    2,
                    ModelShape.Recompute.NONE);
        }
    }

    static final List<Case> CASES = List.of(
            new Case("GPT-MoE-S", 12, 768, 2048, 4),
            new Case("GPT-MoE-L", 12, 1536, 2048, 4),
            new Case("BERT-MoE", 12, 1024, 512, 32),
            new Case("BERT-MoE-Deep", 24, 1024, 512, 32));

    private record Bed(String name, ClusterModel cluster, double least, double most) {}

    private static List<Bed> beds() {
        return List.of(
                new Bed("A, 16 GPUs", clusterA(2), 1.40, 1.58),
                new Bed("A, 32 GPUs", clusterA(4), 1.34, 1.78),
                new Bed("B, 32 GPUs", clusterB(4), 1.26, 1.70));
    }

    /** V100, 100 Gb/s a node. */
    static ClusterModel clusterA(int nodes) {
        return cluster(nodes, new LinkSpeed(100_000_000_000L, 12_500_000_000L), 50e12);
    }

    /** A100, 400 Gb/s a node. */
    static ClusterModel clusterB(int nodes) {
        return cluster(nodes, new LinkSpeed(200_000_000_000L, 50_000_000_000L), 130e12);
    }

    private static ClusterModel cluster(int nodes, LinkSpeed speed, double flops) {
        int[] ranks = new int[nodes];
        Arrays.fill(ranks, LOCAL);
        return new ClusterModel(Topology.of(ranks), speed, flops, flops, START_UP_NS, 0);
    }

    /** The systems on one model and cluster. */
    private record Runs(
            SimulatedRun ep,
            SimulatedRun shadow,
            SimulatedRun exchange,
            SimulatedRun replicate,
            SimulatedRun freed,
            SimulatedRun kept) {
        static Runs of(
                ClusterModel cluster, ModelShape model, long seed, Function<PolicySettings, PlacementPolicy> planner) {
            PolicySettings settings = cluster.policySettings(model).withReshardInterval(RESHARD_INTERVAL);
            PolicySettings ample = settings.withMemoryPool(model.layers() * model.experts());
            int own = model.experts() / cluster.topology().rankCount();
            return new Runs(
                    run(cluster, model, Systems.expertParallel(settings), seed),
                    run(cluster, model, Systems.shadow(ample), seed),
                    run(cluster, model, Systems.exchange(settings), seed),
                    run(cluster, model, Systems.replicate(settings.withMemoryPool(own * model.layers())), seed),
                    run(
                            cluster,
                            model,
                            Systems.materialising("freed", planner.apply(ample.withRetention(Retention.RELEASE))),
                            seed),
                    run(
                            cluster,
                            model,
                            Systems.materialising("kept", planner.apply(ample.withRetention(Retention.KEEP))),
                            seed));
        }

        private static SimulatedRun run(ClusterModel cluster, ModelShape model, TrainingSystem system, long seed) {
            return Simulation.run(cluster, model, system, SKEW, seed, STEPS);
        }

        double speedup(SimulatedRun run) {
            return ep.iterationNs() / run.iterationNs();
        }

        double bestRearrangement() {
            return Math.max(speedup(exchange), speedup(replicate));
        }

        double priceOfFreeing() {
            return freed.iterationNs() / kept.iterationNs() - 1;
        }
    }

    /** @param seed of the loads */
    public static Table of(long seed) {
        return of(seed, NamedPolicy.FSSDP::create);
    }

    /** With another planner in Hecate's place. */
    static Table of(long seed, Function<PolicySettings, PlacementPolicy> planner) {
        List<TableRow> rows = new ArrayList<>();
        List<Double> kept = new ArrayList<>();
        List<Double> freed = new ArrayList<>();
        List<Double> rearranged = new ArrayList<>();
        for (Bed bed : beds()) {
            for (Case each : CASES) {
                Runs runs =
                        Runs.of(bed.cluster, each.model(bed.cluster.topology().rankCount()), seed, planner);
                addRows(rows, bed, each, runs);
                kept.add(runs.speedup(runs.kept));
                freed.add(runs.speedup(runs.freed));
                rearranged.add(runs.bestRearrangement());
            }
        }
        return new Table(
                "hecate",
                "Hecate (version 1), section 5: times as fast as EP",
                List.of(
                        "fitted: nothing; the paper gives no absolute time of EP",
                        "from the paper: models, clusters, links, 2 experts a GPU, 2 experts a token, re-sharding (here every 25 steps)",
                        "assumed: loads Zipf 0.4 to 1.0 by layer; 50 and 130 TFLOP/s; 100 and 200 GB/s inside a node; 4 sequences a GPU of"
                                + " GPT and 32 of BERT; 50 us to start an operation; memory for all copies"),
                rows,
                checks(kept, freed, rearranged),
                misses(rows));
    }

    private static void addRows(List<TableRow> rows, Bed bed, Case each, Runs runs) {
        String label = bed.name + ", " + each.name;
        rows.add(TableRow.ours(label + ", FasterMoE", "x", runs.speedup(runs.shadow)));
        rows.add(TableRow.ours(label + ", SmartMoE", "x", runs.speedup(runs.exchange)));
        rows.add(TableRow.ours(label + ", FlexMoE", "x", runs.speedup(runs.replicate)));
        rows.add(TableRow.ours(label + ", Hecate-RM", "x", runs.speedup(runs.freed)));
        rows.add(TableRow.within(label + ", Hecate", "x", bed.least, bed.most, runs.speedup(runs.kept)));
        rows.add(TableRow.within(label + ", price of re-materialising", "%", 7.5, 16.9, 100 * runs.priceOfFreeing()));
    }

    private static List<Verdict> checks(List<Double> kept, List<Double> freed, List<Double> rearranged) {
        double keptMean = geometricMean(kept);
        double freedMean = geometricMean(freed);
        double rearrangedMean = geometricMean(rearranged);
        return List.of(
                new Verdict(
                        String.format(
                                Locale.ROOT,
                                "order EP < best rearrangement <= re-materialising < keeping, geometric means: 1 %.3f %.3f %.3f",
                                rearrangedMean,
                                freedMean,
                                keptMean),
                        1 < rearrangedMean && rearrangedMean <= freedMean && freedMean < keptMean),
                new Verdict(
                        String.format(
                                Locale.ROOT,
                                "Hecate over EP, geometric mean, from %.2f to %.2f: %.2f",
                                LEAST_SPEEDUP,
                                MOST_SPEEDUP,
                                keptMean),
                        keptMean >= LEAST_SPEEDUP && keptMean <= MOST_SPEEDUP));
    }

    private static List<Verdict> misses(List<TableRow> rows) {
        return rows.stream()
                .filter(row -> row.role() == TableRow.Role.PREDICTED && Math.abs(row.error()) > 0.01)
                .map(row -> new Verdict(
                        String.format(
                                Locale.ROOT,
                                "%s: %.2f %s, published %s",
                                row.label(),
                                row.ours(),
                                row.unit(),
                                row.least() == row.most() ? row.least() : row.least() + " to " + row.most()),
                        false))
                .toList();
    }

    private static double geometricMean(List<Double> values) {
        return Math.exp(values.stream().mapToDouble(Math::log).average().orElseThrow());
    }
}
