package io.witan.scheduler.step;

import java.util.List;

/**
 * When the operations of a micro-batch run by the event model. What no profile has (embedding, gates, orders, head, optimizer) is not in it.
 *
 * @param forward tasks, from the first layer's attention on
 * @param backward likewise, from the last layer's first dispatch on, all-reduces of gradients among them
 * @param moeForwardMs a MoE layer alone, from its first dispatch to the end of its last combine
 * @param moeBackwardMs likewise
 */
public record PredictedStep(
        List<StepTask> forward, List<StepTask> backward, double moeForwardMs, double moeBackwardMs) {
    public PredictedStep {
        forward = List.copyOf(forward);
        backward = List.copyOf(backward);
    }

    /** All layers' forward. */
    public double forwardMs() {
        return endMs(forward);
    }

    /** All layers' backward, without gradients that travel when it is over. */
    public double backwardMs() {
        return endMs(backward.stream()
                .filter(task -> task.kind() != StepTask.Kind.GRADIENTS)
                .toList());
    }

    private static double endMs(List<StepTask> tasks) {
        return tasks.stream().mapToDouble(StepTask::endMs).max().orElse(0);
    }
}
