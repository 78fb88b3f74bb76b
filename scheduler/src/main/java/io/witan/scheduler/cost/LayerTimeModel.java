package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/**
 * How long one MoE layer takes for one micro-batch, depending on where its experts are:
 *
 * <p>T = 4 T_a2a + 3 T_comp + exposed gather + exposed reduction (the layer model of Pro-Prophet, eq. 1-6, of LAER-MoE's solver
 * and of FasterMoE's policy, with the overlap of Hecate, section 3.2).
 *
 * <p>T_a2a = start-up + the largest of: bytes into or out of a rank / speed inside a node; bytes into or out of a node / speed of
 * its card. T_comp = assignments of the busiest rank x forward of one. A gather is exposed by what does not fit behind the
 * attention's forward, a reduction, which takes as long, by what does not fit behind its backward (twice the forward). Tokens go by
 * the rule of {@link io.witan.scheduler.dispatch.TopologyDispatch}.
 *
 * <p>Integer arithmetic; what passes 2^63-1 ns stays there. Immutable, any thread.
 */
public final class LayerTimeModel {
    /** Most assignments of a layer and micro-batch that {@link #expected} takes. */
    public static final long MAX_ASSIGNMENTS = 1L << 40;

    private static final long PARTS = 1L << 20;

    private final Topology topology;
    private final LayerCost cost;
    private final CopyTraffic copies;
    private final TokenBounds bounds;

    private LayerTimeModel(Topology topology, LayerCost cost, CopyTraffic copies) {
        this.topology = topology;
        this.cost = cost;
        this.copies = copies;
        this.bounds = new TokenBounds(topology);
    }

    /** Experts that have one owner and are copied whole. */
    public static LayerTimeModel ofWholeExperts(Topology topology, LayerCost cost) {
        return new LayerTimeModel(topology, cost, new WholeExpertTraffic(topology, cost));
    }

    /** Experts cut into a slice a rank, of which every holder receives the others' ({@link io.witan.scheduler.plan.ExpertSlices}). */
    public static LayerTimeModel ofSlices(Topology topology, LayerCost cost) {
        return new LayerTimeModel(topology, cost, new SlicedExpertTraffic(topology, cost));
    }

    /**
     * With known tokens, and all copies decided before the attention.
     *
     * @param counts counts[s][e] = token assignments of source rank s to expert e, at least 0; read only
     */
    public LayerTime time(Placement wide, int[][] counts) {
        check(wide);
        return time(TokenTraffic.ofCounts(topology, wide, counts), copies.gatherNs(wide), 0, copies.gatherNs(wide));
    }

    /**
     * With known tokens, and some copies decided after the gate.
     *
     * @param early what is gathered behind the attention
     * @param wide contains {@code early}; the rest of its copies is gathered after the gate
     * @param counts counts[s][e] = token assignments of source rank s to expert e, at least 0; read only
     * @throws IllegalArgumentException if {@code wide} does not contain {@code early}
     */
    public LayerTime time(Placement early, Placement wide, int[][] counts) {
        check(wide);
        return time(
                TokenTraffic.ofCounts(topology, wide, counts),
                copies.gatherNs(early),
                copies.gatherNs(wide.beyond(early)),
                copies.gatherNs(wide));
    }

    /**
     * With predicted loads, which all ranks send alike; all copies decided before the attention.
     *
     * @param load load[e] in any unit, at least 0, sum below 2^63
     * @param assignments token assignments of all ranks in this layer and one micro-batch, 0 .. {@link #MAX_ASSIGNMENTS}
     */
    public LayerTime expected(Placement wide, long[] load, long assignments) {
        check(wide);
        long[] perRank = perRank(load, assignments);
        long gatherNs = copies.gatherNs(wide);
        return time(TokenTraffic.ofEvenSources(topology, wide, perRank, PARTS), gatherNs, 0, gatherNs);
    }

    /**
     * No part of {@link #expected} is less for any placement within the bounds. In O(E), so that placements that cannot be worth it
     * need not be made.
     *
     * @param load as for {@link #expected}
     * @param assignments as for {@link #expected}
     */
    public LayerTime least(HolderBounds holders, long[] load, long assignments) {
        TokenBounds.Least tokens = bounds.of(holders, perRank(load, assignments));
        long gatherNs = copies.leastGatherNs(holders);
        return time(
                TokenTraffic.allToAllNs(tokens.rankRows(), tokens.nodeRows(), cost, PARTS),
                TokenTraffic.computeNs(tokens.computed(), cost, PARTS),
                gatherNs,
                0,
                gatherNs);
    }

    private LayerTime time(TokenTraffic tokens, long gatherNs, long lateGatherNs, long reduceNs) {
        return time(tokens.allToAllNs(cost), tokens.computeNs(cost), gatherNs, lateGatherNs, reduceNs);
    }

    private LayerTime time(long allToAllNs, long computeNs, long gatherNs, long lateGatherNs, long reduceNs) {
        return new LayerTime(
                allToAllNs,
                computeNs,
                gatherNs,
                lateGatherNs,
                reduceNs,
                cost.attentionForwardNs(),
                Saturated.times(2, cost.attentionForwardNs()));
    }

    private long[] perRank(long[] load, long assignments) {
        if (assignments < 0 || assignments > MAX_ASSIGNMENTS) {
            throw new IllegalArgumentException(
                    "layer time of " + assignments + " assignments, allowed 0.." + MAX_ASSIGNMENTS);
        }
        long total = 0;
        for (long l : load) {
            total += l;
        }
        long partsOfRank = assignments * PARTS / topology.rankCount();
        long[] perRank = new long[load.length];
        for (int e = 0; e < load.length && total > 0; e++) {
            perRank[e] = LinkSpeed.floorOfProduct(load[e], partsOfRank, total);
        }
        return perRank;
    }

    private void check(Placement wide) {
        if (wide.rankCount() != topology.rankCount()) {
            throw new IllegalArgumentException(
                    "layer time: placement has " + wide.rankCount() + " ranks, topology has " + topology.rankCount());
        }
    }
}
