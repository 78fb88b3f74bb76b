package io.witan.scheduler.simulate.table;

import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.cost.OverlapDegree;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.ExpertParallelPolicy;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.simulate.ClusterModel;
import io.witan.scheduler.simulate.LoadModel;
import io.witan.scheduler.simulate.ModelShape;
import io.witan.scheduler.simulate.SimulatedRun;
import io.witan.scheduler.simulate.Simulation;
import io.witan.scheduler.simulate.TrainingSystem;
import java.util.ArrayList;
import java.util.List;

/** Hecate (arXiv 2502.02581v1), section 5. */
public final class HecateTable {
    private static final LoadModel.Skew SKEW = new LoadModel.Skew(
            Double.parseDouble(System.getProperty("a0", "0.4")),
            Double.parseDouble(System.getProperty("a1", "1.0")),
            0.15, 0.95, 0.1);
    private HecateTable() {}
    record Case(String name, int layers, int width, int sequence, int sequences) {
        ModelShape model(int ranks) {
            return new ModelShape(layers, width, 4 * width, 2, 1, 2 * ranks, 2, sequence, sequence * sequences * Integer.getInteger("bm", 1), 1, 2, ModelShape.Recompute.NONE);
        }
    }
    static final List<Case> CASES = List.of(
            new Case("GPT-MoE-S", 12, 768, 2048, 4),
            new Case("GPT-MoE-L", 12, 1536, 2048, 4),
            new Case("BERT-MoE", 12, 1024, 512, 8),
            new Case("BERT-MoE-Deep", 24, 1024, 512, 8));

    static ClusterModel clusterA(int nodes) {
        return new ClusterModel(nodes(nodes), new LinkSpeed(100_000_000_000L, 12_500_000_000L), 50e12, 50e12, 50_000, 0);
    }
    static ClusterModel clusterB(int nodes) {
        return new ClusterModel(nodes(nodes), new LinkSpeed(200_000_000_000L, 50_000_000_000L), 130e12, 130e12, 50_000, 0);
    }
    private static Topology nodes(int count) {
        int[] ranks = new int[count];
        java.util.Arrays.fill(ranks, 8);
        return Topology.of(ranks);
    }
    static SimulatedRun run(ClusterModel c, ModelShape m, String name, PlacementPolicy p, long seed, int w) {
        return Simulation.run(c, m, TrainingSystem.overlapped(name, p, 5).over(TrainingSystem.Hops.RING), SKEW, seed, new Simulation.Steps(w, 8));
    }
    static int degree(ClusterModel c, ModelShape m) {
        return OverlapDegree.of(Math.round(m.attentionFlops() / c.denseFlops() * 1e9), c.speed().bottleneckBytesPerSecond(c.topology()), m.expertBytes(), m.experts());
    }
    public static Table of(long seed) {
        List<TableRow> rows = new ArrayList<>();
        for (Object[] bed : new Object[][] {{"A16", clusterA(2)}, {"A32", clusterA(4)}, {"B32", clusterB(4)}}) {
            ClusterModel c = (ClusterModel) bed[1];
            for (Case each : CASES) {
                ModelShape m = each.model(c.topology().rankCount());
                int t = degree(c, m);
                Topology top = c.topology();
                SimulatedRun ep = run(c, m, "ep", new ExpertParallelPolicy(), seed, 12);
                SimulatedRun mat = run(c, m, "mat", new MaterializingPolicy(top, t, t, 0, MaterializingPolicy.Copies.KEPT), seed, 12);
                SimulatedRun sh = run(c, m, "shard", new MaterializingPolicy(top, t, 0, 10, MaterializingPolicy.Copies.KEPT), seed, 12);
                SimulatedRun both = run(c, m, "both", new MaterializingPolicy(top, t, t, 10, MaterializingPolicy.Copies.KEPT), seed, 12);
                SimulatedRun rm = run(c, m, "rm", new MaterializingPolicy(top, t, t, 10, MaterializingPolicy.Copies.FREED), seed, 12);
                System.out.printf("%s %s t=%d ep %.1f ms moe %.2f imb %.2f | mat %.2f shard %.2f both %.2f rm %.2f slow %.3f a2a %.1f moe %.2f%n", bed[0], each.name, t, ep.iterationNs() / 1e6, ep.moeNs() / ep.iterationNs(), ep.imbalance(),
                    ep.iterationNs() / mat.iterationNs(), ep.iterationNs() / sh.iterationNs(), ep.iterationNs() / both.iterationNs(), ep.iterationNs() / rm.iterationNs(), rm.iterationNs() / both.iterationNs() - 1, ep.exchangeNs() / both.exchangeNs(), ep.moeNs() / both.moeNs());
            }
        }
        rows.add(TableRow.predicted("x", "x", 1, 1));
        return new Table("hecate", "", List.of(), rows, List.of(), List.of());
    }
}
