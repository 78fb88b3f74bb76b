package io.witan.scheduler.policy;

import io.witan.scheduler.plan.Placement;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where the experts of all layers are in one step.
 *
 * @param wide a placement for each layer: the owners and the copies
 * @param keeps keeps[l] true: the copies of layer l stay from forward to backward; false: they are freed after forward and gathered
 *     again for backward (re-materialisation)
 * @param afterGate what may add copies, for which every layer then waits; empty: nothing does
 */
public record StepPlacement(List<Placement> wide, boolean[] keeps, Optional<AfterGate> afterGate) {
    /** Adds copies once the true loads of a layer are known; the layer waits for them. */
    public interface AfterGate {
        /**
         * @param planned what was decided for the layer before the step
         * @param wide that, with what earlier micro-batches of the step have added
         * @param counts counts[s][e] = token assignments of source rank s to expert e in this micro-batch; read only
         * @return a placement that contains {@code wide}, or {@code wide} itself
         */
        Placement widen(int layer, Placement planned, Placement wide, int[][] counts);
    }

    /** All decided before the gate. */
    public StepPlacement(List<Placement> wide, boolean[] keeps) {
        this(wide, keeps, Optional.empty());
    }

    /** Copies that all stay from forward to backward. */
    public static StepPlacement keeping(List<Placement> wide) {
        return new StepPlacement(wide, all(wide.size()));
    }

    /** Copies that all stay from forward to backward, and what may add more. */
    public static StepPlacement keeping(List<Placement> wide, AfterGate afterGate) {
        return new StepPlacement(wide, all(wide.size()), Optional.of(afterGate));
    }

    private static boolean[] all(int layers) {
        boolean[] keeps = new boolean[layers];
        Arrays.fill(keeps, true);
        return keeps;
    }
}
