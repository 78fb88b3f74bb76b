package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.dispatch.TopologyDispatch;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The model counts without making plans; here the plans are made and counted. */
class LayerTimeModelPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Provide
    Arbitrary<LayerCost> costs() {
        return Worlds.costs();
    }

    @Property(tries = 600)
    void countsAsTheDispatchPlanDoes(
            @ForAll("layers") Worlds.Layer layer, @ForAll("costs") LayerCost cost, @ForAll long seed) {
        Topology topology = layer.topology();
        int[][] counts = Worlds.counts(topology, layer.wide().expertCount(), seed);
        DispatchPlan plan = TopologyDispatch.plan(topology, layer.wide(), counts);

        LayerTime time = LayerTimeModel.ofWholeExperts(topology, cost).time(layer.wide(), counts);

        assertThat(time.computeNs()).isEqualTo(busiest(plan) * cost.forwardPsPerAssignment() / 1000);
        assertThat(time.allToAllNs()).isEqualTo(exchangeNs(topology, plan, cost));
    }

    @Property(tries = 600)
    void gathersAsTheTransferPlanDoes(@ForAll("layers") Worlds.Layer layer, @ForAll("costs") LayerCost cost) {
        TransferPlan plan = HierarchicalTransferPlanner.plan(layer.topology(), layer.owners(), layer.wide(), null);
        long expected = SparseCollectiveCost.of(plan, cost.expertBytes()).lowerBoundNs(cost.speed(), cost.startUpNs());

        LayerTime time = LayerTimeModel.ofWholeExperts(layer.topology(), cost).expected(layer.wide(), layer.load(), 99);

        assertThat(time.gatherNs()).isEqualTo(expected);
        assertThat(time.reduceNs()).isEqualTo(expected);
        assertThat(time.exposedGatherNs()).isEqualTo(Math.max(0, expected - cost.attentionForwardNs()));
        assertThat(time.exposedReduceNs()).isEqualTo(Math.max(0, expected - 2 * cost.attentionForwardNs()));
        assertThat(time.exposedRegatherNs()).isEqualTo(Math.max(0, 2 * expected - 2 * cost.attentionForwardNs()));
        assertThat(time.hiddenNs() + time.exposedGatherNs() + time.exposedReduceNs())
                .isEqualTo(2 * expected);
        assertThat(time.keptNs())
                .isEqualTo(
                        4 * time.allToAllNs() + 3 * time.computeNs() + time.exposedGatherNs() + time.exposedReduceNs());
    }

    /** Bounds that say a placement exactly, and ones that say less, are below all parts of its time. */
    @Property(tries = 1000)
    void isNeverLessThanItsBounds(
            @ForAll("layers") Worlds.Layer layer, @ForAll("costs") LayerCost cost, @ForAll boolean loose) {
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(layer.topology(), cost);
        int[] holders = new int[layer.wide().expertCount()];
        Arrays.setAll(holders, e -> layer.wide().holders(e).length);
        int[] nodes = new int[holders.length];
        Arrays.setAll(nodes, e -> (int) Arrays.stream(layer.wide().holders(e))
                .map(layer.topology()::nodeOf)
                .distinct()
                .count());
        int[] one = new int[holders.length];
        Arrays.fill(one, 1);
        HolderBounds bounds = loose ? new HolderBounds(holders, one, one) : new HolderBounds(holders, holders, nodes);

        LayerTime least = model.least(bounds, layer.load(), 5000);
        LayerTime time = model.expected(layer.wide(), layer.load(), 5000);

        assertThat(least.allToAllNs()).isBetween(0L, time.allToAllNs());
        assertThat(least.computeNs()).isBetween(0L, time.computeNs());
        assertThat(least.gatherNs()).isBetween(0L, time.gatherNs());
        assertThat(least.lateGatherNs()).isZero();
        assertThat(least.reduceNs()).isBetween(0L, time.reduceNs());
        assertThat(least.keptNs()).isLessThanOrEqualTo(time.keptNs());
        assertThat(least.releasedNs()).isLessThanOrEqualTo(time.releasedNs());
    }

    /** Copies after the gate cost what their own plan costs, and hide nowhere. */
    @Property(tries = 300)
    void exposesLateCopies(@ForAll("layers") Worlds.Layer layer, @ForAll("costs") LayerCost cost, @ForAll long seed) {
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(layer.topology(), cost);
        int[][] counts = Worlds.counts(layer.topology(), layer.wide().expertCount(), seed);

        LayerTime early = model.time(layer.wide(), counts);
        LayerTime late = model.time(layer.owners(), layer.wide(), counts);

        assertThat(late.gatherNs()).isZero();
        assertThat(late.lateGatherNs()).isEqualTo(early.gatherNs());
        assertThat(late.tokensNs()).isEqualTo(early.tokensNs());
        assertThat(late.exposedGatherNs()).isEqualTo(early.gatherNs());
        assertThat(model.time(layer.wide(), layer.wide(), counts)).isEqualTo(early);
    }

    /** Plain floating-point arithmetic, source by source. */
    @Property(tries = 600)
    void expectsWhatEvenSourcesSend(@ForAll("layers") Worlds.Layer layer, @ForAll("costs") LayerCost cost) {
        Topology topology = layer.topology();
        long assignments = 1000;
        double total = Arrays.stream(layer.load()).asDoubleStream().sum();
        double[] computed = new double[topology.rankCount()];
        double[][] rows = new double[topology.rankCount()][topology.rankCount()];
        for (int s = 0; s < rows.length; s++) {
            for (int e = 0; e < layer.load().length && total > 0; e++) {
                double share = assignments * (layer.load()[e] / total) / rows.length;
                int[] tier = tier(topology, layer.wide(), s, e);
                for (int rank : tier) {
                    computed[rank] += share / tier.length;
                    rows[s][rank] += share / tier.length;
                }
            }
        }

        LayerTime time =
                LayerTimeModel.ofWholeExperts(topology, cost).expected(layer.wide(), layer.load(), assignments);

        double compute = Arrays.stream(computed).max().getAsDouble() * cost.forwardPsPerAssignment() / 1000;
        assertThat((double) time.computeNs()).isCloseTo(compute, within(compute * 1e-3 + 2));
        double exchange = exchangeNs(topology, rows, cost);
        double byteNs = 1e9
                / Math.min(cost.speed().intraNodeBytesPerSecond(), cost.speed().interNodeBytesPerSecond());
        // What one rank sends another is whole bytes.
        double rounding = rows.length * byteNs;
        // Traffic of less than the model's smallest part of a row is none, and then nothing starts up.
        double startUp = busiest(rows) < 1e-3 ? cost.startUpNs() : 0;
        assertThat((double) time.allToAllNs()).isCloseTo(exchange, within(exchange * 1e-3 + rounding + startUp + 2));
    }

    /** Volume of a rank = C b (R-1) / R, whatever is held (LAER-MoE), and on one node the time follows from it. */
    @Property(tries = 300)
    void slicesGatherAsTheirTransferPlanDoes(@ForAll("layers") Worlds.Layer layer, @ForAll("costs") LayerCost cost) {
        Topology topology = Topology.singleNode(layer.topology().rankCount());
        ExpertSlices slices = new ExpertSlices(layer.wide().expertCount(), topology.rankCount());
        LayerCost whole = new LayerCost(
                cost.expertBytes() * topology.rankCount(),
                cost.stateBytes() * topology.rankCount(),
                cost.assignmentBytes(),
                cost.forwardPsPerAssignment(),
                cost.attentionForwardNs(),
                cost.startUpNs(),
                cost.speed());
        TransferPlan plan =
                HierarchicalTransferPlanner.plan(topology, slices.narrow(), slices.wide(layer.wide()), null);
        long expected = SparseCollectiveCost.of(plan, cost.expertBytes()).lowerBoundNs(cost.speed(), cost.startUpNs());

        assertThat(LayerTimeModel.ofSlices(topology, whole)
                        .expected(layer.wide(), layer.load(), 10)
                        .gatherNs())
                .isEqualTo(expected);
    }

    private static long busiest(DispatchPlan plan) {
        long busiest = 0;
        for (int rank = 0; rank < plan.rankCount(); rank++) {
            long sum = 0;
            for (int s = 0; s < plan.rankCount(); s++) {
                sum += plan.rows(s, rank);
            }
            busiest = Math.max(busiest, sum);
        }
        return busiest;
    }

    /** Largest number of rows that one rank has from or for another. */
    private static double busiest(double[][] rows) {
        double busiest = 0;
        for (int s = 0; s < rows.length; s++) {
            for (int d = 0; d < rows.length; d++) {
                busiest = Math.max(busiest, s == d ? 0 : rows[s][d]);
            }
        }
        return busiest;
    }

    private static long exchangeNs(Topology topology, DispatchPlan plan, LayerCost cost) {
        double[][] rows = new double[plan.rankCount()][plan.rankCount()];
        for (int s = 0; s < rows.length; s++) {
            for (int rank = 0; rank < rows.length; rank++) {
                rows[s][rank] = plan.rows(s, rank);
            }
        }
        return (long) exchangeNs(topology, rows, cost);
    }

    private static double exchangeNs(Topology topology, double[][] rows, LayerCost cost) {
        int ranks = rows.length;
        double[] in = new double[ranks];
        double[] out = new double[ranks];
        double[] nodeIn = new double[topology.nodeCount()];
        double[] nodeOut = new double[topology.nodeCount()];
        for (int s = 0; s < ranks; s++) {
            for (int d = 0; d < ranks; d++) {
                out[s] += s == d ? 0 : rows[s][d];
                in[d] += s == d ? 0 : rows[s][d];
                nodeOut[topology.nodeOf(s)] += topology.sameNode(s, d) ? 0 : rows[s][d];
                nodeIn[topology.nodeOf(d)] += topology.sameNode(s, d) ? 0 : rows[s][d];
            }
        }
        double rank = Math.max(max(in), max(out)) * cost.assignmentBytes();
        double node = Math.max(max(nodeIn), max(nodeOut)) * cost.assignmentBytes();
        double ns = Math.max(
                Math.floor(rank * 1e9 / cost.speed().intraNodeBytesPerSecond()),
                Math.floor(node * 1e9 / cost.speed().interNodeBytesPerSecond()));
        return rank == 0 ? 0 : ns + cost.startUpNs();
    }

    private static double max(double[] values) {
        return Arrays.stream(values).max().getAsDouble();
    }

    private static int[] tier(Topology topology, Placement wide, int source, int expert) {
        int[] all = wide.holders(expert);
        if (wide.holds(source, expert)) {
            return new int[] {source};
        }
        int[] near = Arrays.stream(all)
                .filter(rank -> topology.sameNode(rank, source))
                .toArray();
        return near.length > 0 ? near : all;
    }
}
