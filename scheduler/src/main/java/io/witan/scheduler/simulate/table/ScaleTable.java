package io.witan.scheduler.simulate.table;

import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.PolicySettings.Retention;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import io.witan.scheduler.predict.LoadPredictor;
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

/** Witan's policies and hops on growing clusters of a kind: nothing is published to compare with, only the order is checked. */
public final class ScaleTable {
    private static final Simulation.Steps STEPS = new Simulation.Steps(5, 3);
    private static final int[] GPUS = {32, 64, 128, 256, 512, 1024};
    private static final int LOCAL = 8;
    private static final double UNEVEN = 1.5;
    private static final double LEAST_GAIN = 1.2;

    private ScaleTable() {}

    /**
     * A question of one's own.
     *
     * @param gpus ranks in all, the same number on each node
     * @param experts of a layer
     * @param skew largest Zipf exponent of a layer; the least is 0.4 of it
     */
    public record Question(int gpus, int nodes, int experts, int width, int layers, int tokensPerGpu, double skew) {
        /** Cluster B and model GPT-MoE-S of Hecate's paper, with 256 experts a layer. */
        public static final Question USUAL = new Question(32, 4, 256, 768, 12, 8192, 1.0);

        /** @throws IllegalArgumentException in one line if a number is out of range */
        public Question {
            if (nodes < 1 || gpus < nodes || gpus % nodes != 0 || gpus > 4096) {
                throw new IllegalArgumentException(
                        gpus + " GPUs on " + nodes + " nodes: allowed up to 4096 GPUs, as many on each node");
            }
            if (experts < 2 || experts > 4096 || width < 1 || layers < 1 || tokensPerGpu < 1) {
                throw new IllegalArgumentException("what-if of " + experts + " experts, width " + width + ", " + layers
                        + " layers, " + tokensPerGpu
                        + " tokens a GPU: allowed 2 to 4096 experts and 1 or more of the others");
            }
            if ((long) gpus > (long) layers * experts) {
                throw new IllegalArgumentException(
                        gpus + " GPUs, but only " + (long) layers * experts + " expert slots over all layers");
            }
            if (!(skew >= 0) || skew > 10) {
                throw new IllegalArgumentException("skew " + skew + ", allowed 0 to 10");
            }
        }

        private Question growing(int ranks) {
            return new Question(ranks, ranks / LOCAL, experts, width, layers, tokensPerGpu, skew);
        }
    }

    /** @param seed of the loads */
    public static Table of(long seed) {
        return of(GPUS, seed, NamedPolicy.FSSDP::create);
    }

    /** With another planner in FSSDP's place. */
    static Table of(int[] gpus, long seed, Function<PolicySettings, PlacementPolicy> planner) {
        List<TableRow> rows = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        for (int ranks : gpus) {
            outcomes.add(addRows(rows, Question.USUAL.growing(ranks), seed, planner));
        }
        return table(
                "scale", "32 to 1024 GPUs: times as fast as EP", rows, List.of(ordered(outcomes), gains(outcomes)));
    }

    /** What one cluster gave. */
    private record Outcome(double imbalance, double freed, double kept) {}

    private static Verdict ordered(List<Outcome> outcomes) {
        return new Verdict(
                "FSSDP is not slower than EP, and keeping not slower than re-materialising",
                outcomes.stream().allMatch(each -> each.kept >= 1 && each.kept >= each.freed));
    }

    /** Copies of the wrong experts hide behind attention too, but do not help. */
    private static Verdict gains(List<Outcome> outcomes) {
        return new Verdict(
                String.format(
                        Locale.ROOT,
                        "FSSDP is at least %.1f times as fast as EP where EP's busiest rank has at least %.1f times the mean",
                        LEAST_GAIN,
                        UNEVEN),
                outcomes.stream().allMatch(each -> each.imbalance < UNEVEN || each.kept >= LEAST_GAIN));
    }

    /** One's own cluster and model. */
    public static Table of(Question question, long seed) {
        List<TableRow> rows = new ArrayList<>();
        Outcome outcome = addRows(rows, question, seed, NamedPolicy.FSSDP::create);
        return table(
                "what-if",
                question.gpus + " GPUs on " + question.nodes + " nodes",
                rows,
                List.of(ordered(List.of(outcome))));
    }

    private static Table table(String name, String title, List<TableRow> rows, List<Verdict> checks) {
        return new Table(
                name,
                title,
                List.of(
                        "assumed: 130 TFLOP/s, 200 GB/s inside a node, 50 GB/s a node, 50 us to start an operation, as many copies"
                                + " as hide behind attention; hops as Witan plans them"),
                rows,
                checks,
                List.of());
    }

    private static Outcome addRows(
            List<TableRow> rows, Question asked, long seed, Function<PolicySettings, PlacementPolicy> planner) {
        int[] ranks = new int[asked.nodes];
        Arrays.fill(ranks, asked.gpus / asked.nodes);
        ClusterModel cluster = new ClusterModel(
                Topology.of(ranks), new LinkSpeed(200_000_000_000L, 50_000_000_000L), 130e12, 130e12, 50_000, 0);
        ModelShape model = new ModelShape(
                asked.layers,
                asked.width,
                2 * asked.width,
                2,
                1,
                asked.experts,
                2,
                2048,
                asked.tokensPerGpu,
                1,
                2,
                ModelShape.Recompute.NONE);
        PolicySettings settings =
                cluster.policySettings(model).withMemoryPool(Math.min(64, asked.experts) * asked.layers);
        SimulatedRun ep = run(cluster, model, NamedPolicy.EP.create(settings), seed, asked);
        SimulatedRun freed = run(cluster, model, planner.apply(settings.withRetention(Retention.RELEASE)), seed, asked);
        SimulatedRun kept = run(cluster, model, planner.apply(settings), seed, asked);
        String label = String.format(Locale.ROOT, "%4d GPUs", asked.gpus);
        rows.add(TableRow.ours(label + ", EP, an iteration", "ms", ep.iterationNs() * 1e-6));
        rows.add(TableRow.ours(label + ", EP, busiest over mean rank", "x", ep.imbalance()));
        rows.add(TableRow.ours(label + ", FSSDP, copies freed", "x", ep.iterationNs() / freed.iterationNs()));
        rows.add(TableRow.ours(label + ", FSSDP, copies kept", "x", ep.iterationNs() / kept.iterationNs()));
        return new Outcome(
                ep.imbalance(), ep.iterationNs() / freed.iterationNs(), ep.iterationNs() / kept.iterationNs());
    }

    private static SimulatedRun run(
            ClusterModel cluster, ModelShape model, PlacementPolicy policy, long seed, Question asked) {
        TrainingSystem system = TrainingSystem.overlapped("policy", policy, LoadPredictor.DEFAULT_WINDOW);
        LoadModel.Skew skew = new LoadModel.Skew(0.4 * asked.skew, asked.skew, 0.15, 0.95, 0.1);
        return Simulation.run(cluster, model, system, skew, seed, STEPS);
    }
}
