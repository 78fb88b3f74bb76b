package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.StepContext;
import io.witan.scheduler.plan.DispatchPlan;
import java.lang.foreign.MemorySegment;
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

    /**
     * Adds the auxiliary losses.
     *
     * @param probabilities [T, E] in host memory
     * @param logSumExp [T] in host memory
     */
    void record(
            long[] load,
            MemorySegment probabilities,
            MemorySegment logSumExp,
            GateKernel.Shape shape,
            StepContext context) {
        long assignments = sum(load);
        double[] probability = new double[load.length];
        long next = 0;
        for (int t = 0; t < shape.tokens(); t++) {
            for (int e = 0; e < load.length; e++) {
                probability[e] += probabilities.getAtIndex(JAVA_FLOAT, next++);
            }
        }
        for (int e = 0; e < load.length; e++) {
            double share = assignments == 0 ? 0 : (double) load[e] / assignments;
            balanceLoss += load.length * share * probability[e] / context.tokens();
        }
        for (int t = 0; t < shape.tokens(); t++) {
            double lse = logSumExp.getAtIndex(JAVA_FLOAT, t);
            squaredLogSumExp += lse * lse / context.tokens();
        }
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

    static long sum(long[] values) {
        long sum = 0;
        for (long value : values) {
            sum += value;
        }
        return sum;
    }
}
