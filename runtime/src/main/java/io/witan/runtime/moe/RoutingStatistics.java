package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.TokenTasks;
import io.witan.scheduler.plan.DispatchPlan;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** What one layer's router did in a step: loads of experts and ranks (over all ranks) and this rank's auxiliary losses. */
public final class RoutingStatistics {
    private final long[] expertLoad;
    private long[] rankLoad = new long[0];
    /** Of this rank's tokens. */
    private long[][] taskLoad = new long[0][];

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

    /** Counts this rank's assignments by task; those that are dropped are none. */
    void record(Routed routed, TokenTasks tasks, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        MemorySegment expert = arena.toHost(routed.expert());
        for (int t = 0; t < routed.tokens(); t++) {
            long[] load = taskLoadOf(tasks.of(t));
            for (int k = 0; k < routed.choices(); k++) {
                int id = expert.getAtIndex(JAVA_INT, (long) t * routed.choices() + k);
                if (id < load.length) {
                    load[id]++;
                }
            }
        }
        arena.release(mark);
    }

    private long[] taskLoadOf(int task) {
        while (task >= taskLoad.length) {
            taskLoad = Arrays.copyOf(taskLoad, taskLoad.length + 1);
            taskLoad[taskLoad.length - 1] = new long[expertLoad.length];
        }
        return taskLoad[task];
    }

    /**
     * This rank's assignments of each expert, tasks x experts, since {@link #reset}; 0 for all where they are not those of tokens (SoftMoE).
     *
     * @param tasks how many there are
     */
    public long[][] taskLoad(int tasks) {
        long[][] load = new long[tasks][];
        Arrays.setAll(load, task -> taskLoadOf(task).clone());
        return load;
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
        for (long[] load : taskLoad) {
            Arrays.fill(load, 0);
        }
        balanceLoss = 0;
        squaredLogSumExp = 0;
    }
}
