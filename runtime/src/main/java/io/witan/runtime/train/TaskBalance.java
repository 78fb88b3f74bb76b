package io.witan.runtime.train;

import io.witan.runtime.engine.StepContext;
import java.util.Arrays;

/**
 * The mean over tasks of their mean losses, in place of the mean over targets (MFTCoder, arXiv 2311.02303):
 * L = sum_t w_t (S_t / n_t) / sum_t w_t over the tasks that have targets in the step, with S_t the summed loss and n_t the
 * targets of task t in all micro-batches and on all ranks. As a step divides by all its N targets, a row of task t has the
 * factor w_t N / (n_t sum w); the mean of the factors over targets is 1.
 *
 * @param weights w_t above 0 of each task, by number
 */
public record TaskBalance(double[] weights) {
    public TaskBalance {
        if (Arrays.stream(weights).anyMatch(weight -> !(weight > 0) || Double.isInfinite(weight))) {
            throw new IllegalArgumentException("weights of tasks must be above 0, got " + Arrays.toString(weights));
        }
    }

    /** All tasks alike. */
    public static TaskBalance even(int tasks) {
        double[] weights = new double[tasks];
        Arrays.fill(weights, 1);
        return new TaskBalance(weights);
    }

    /**
     * [tasks] factor on the loss of a row of each task, and on its gradient beside {@link StepContext#perTarget}; 0 of a
     * task without targets.
     *
     * @param targets of the whole step, by task
     * @throws IllegalArgumentException if there are more or fewer tasks than weights
     */
    public double[] factors(long[] targets) {
        if (targets.length != weights.length) {
            throw new IllegalArgumentException(targets.length + " tasks have " + weights.length + " weights");
        }
        double all = 0;
        double present = 0;
        for (int task = 0; task < targets.length; task++) {
            all += targets[task];
            present += targets[task] > 0 ? weights[task] : 0;
        }
        double[] factors = new double[targets.length];
        for (int task = 0; task < targets.length; task++) {
            factors[task] = targets[task] == 0 ? 0 : weights[task] * all / (targets[task] * present);
        }
        return factors;
    }

    /**
     * [rows] the factor of each row.
     *
     * @param tasks of the rows
     */
    public double[] ofRows(int[] tasks, StepContext context) {
        double[] factors = factors(context.taskTargets());
        return Arrays.stream(tasks).mapToDouble(task -> factors[task]).toArray();
    }
}
