package io.witan.runtime.moe;

import io.witan.scheduler.plan.DispatchPlan;
import java.util.Arrays;

/** What one layer's router did in a step: loads of experts and ranks (over all ranks) and this rank's auxiliary losses. */
public final class RoutingStatistics {
    private final long[] expertLoad;
    private long[] rankLoad = new long[0];
    private double balanceLoss;
    private double squaredLogSumExp;

    RoutingStatistics(int experts) {
        this.expertLoad = new long[experts];
    }

    void record(DispatchPlan plan, long[] load) {
        if (rankLoad.length != plan.rankCount()) {
            rankLoad = new long[plan.rankCount()];
        }
        for (int s = 0; s < plan.rankCount(); s++) {
            for (int r = 0; r < plan.rankCount(); r++) {
                rankLoad[r] += plan.rows(s, r);
            }
        }
        for (int e = 0; e < load.length; e++) {
            expertLoad[e] += load[e];
        }
    }

    void record(AuxiliaryLosses losses) {
        balanceLoss += losses.balance();
        squaredLogSumExp += losses.squaredLogSumExp();
    }

    /** Assignments of each expert over all ranks since {@link #reset}. */
    public long[] expertLoad() {
        return expertLoad.clone();
    }

    /** Assignments computed by each rank. */
    public long[] rankLoad() {
        return rankLoad.clone();
    }

    /** This rank's part of E sum_e f_e P_e; the sum over ranks is the loss, 1 at perfect balance. */
    public double balanceLoss() {
        return balanceLoss;
    }

    /** This rank's part of the mean squared log-sum-exp of the logits. */
    public double squaredLogSumExp() {
        return squaredLogSumExp;
    }

    /** Starts a new step. */
    public void reset() {
        Arrays.fill(expertLoad, 0);
        Arrays.fill(rankLoad, 0);
        balanceLoss = 0;
        squaredLogSumExp = 0;
    }
}
