package io.witan.collectives.sparse;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;

/**
 * One rank's hops of the plans that were used last: a step asks for those of a layer's plan at its beginning, for its gather
 * and for its reduction, with the other layers' in between. Any thread.
 */
public final class RecentHops {
    private static final int PLANS = 64;

    private final int rank;
    private final Topology topology;
    private final RankHops[] recent = new RankHops[PLANS];
    private int oldest;

    public RecentHops(int rank, Topology topology) {
        this.rank = rank;
        this.topology = topology;
    }

    /** @throws IllegalArgumentException if plan and topology do not fit, or the plan's hops do not work */
    public synchronized RankHops of(TransferPlan plan) {
        for (RankHops hops : recent) {
            if (hops != null && hops.plan() == plan) {
                return hops;
            }
        }
        RankHops hops = new RankHops(rank, topology, plan);
        recent[oldest] = hops;
        oldest = (oldest + 1) % PLANS;
        return hops;
    }
}
