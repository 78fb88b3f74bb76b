package io.witan.scheduler.gradient;

import java.util.ArrayList;
import java.util.List;

/**
 * The paper's way, for comparison: greedy windows, then differential evolution over what the MoE layers take of the rest (section 5.2);
 * its answer is kept only if it beats sending the rest where it was made.
 */
public final class EvolvedPartition {
    private static final double GAIN_MS = 1e-5;

    private final GradientProblem problem;
    private final GreedyPartition greedy;
    private final List<Integer> hosts = new ArrayList<>();
    /** Bytes left over by greedy that are ready at each host, those that earlier hosts may use included. */
    private final List<Double> available = new ArrayList<>();

    private EvolvedPartition(GradientProblem problem) {
        this.problem = problem;
        this.greedy = GreedyPartition.of(problem);
        double left = 0;
        for (int i = 0; i < problem.segments().size(); i++) {
            left += greedy.left()[i];
            if (left > 0 && problem.segments().get(i).host() instanceof GradientHost.Moe) {
                hosts.add(i);
                available.add(left);
            }
        }
    }

    public static GradientPlan plan(GradientProblem problem) {
        return new EvolvedPartition(problem).plan();
    }

    private GradientPlan plan() {
        GradientPlan whereMade = problem.plan(whereMade());
        if (hosts.isEmpty()) {
            return whereMade;
        }
        double[] upper = available.stream().mapToDouble(Double::doubleValue).toArray();
        double[] found = DifferentialEvolution.PAPER.minimise(this::ms, upper);
        GradientPlan evolved = problem.plan(bytes(found));
        return evolved.totalMs() < whereMade.totalMs() - GAIN_MS ? evolved : whereMade;
    }

    private double ms(double[] extra) {
        long[] bytes = bytes(extra);
        long rest = problem.totalBytes();
        double total = 0;
        for (int i = 0; i < bytes.length; i++) {
            rest -= bytes[i];
            total += i < hosts.getFirst() ? 0 : problem.ms(i, bytes[i]);
        }
        return total + problem.allReduce().msIfAny(rest);
    }

    /** A draw is cut down to what is ready, in the order of hosts, so that every member of the population is a plan. */
    private long[] bytes(double[] extra) {
        long[] bytes = greedy.sent().clone();
        double used = 0;
        for (int h = 0; h < extra.length; h++) {
            long taken = GradientProblem.align(Math.min(extra[h], available.get(h) - used));
            bytes[hosts.get(h)] += taken;
            used += taken;
        }
        return bytes;
    }

    /** What is left over goes into the next MoE layer after the segment that made it. */
    private long[] whereMade() {
        double[] extra = new double[hosts.size()];
        for (int h = 0; h < extra.length; h++) {
            extra[h] = available.get(h) - (h == 0 ? 0 : available.get(h - 1));
        }
        return bytes(extra);
    }
}
