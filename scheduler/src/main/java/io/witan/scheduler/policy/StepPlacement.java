package io.witan.scheduler.policy;

import io.witan.scheduler.plan.Placement;
import java.util.Arrays;
import java.util.List;

/**
 * Where the experts of all layers are in one step.
 *
 * @param wide a placement for each layer: the owners and the copies
 * @param keeps keeps[l] true: the copies of layer l stay from forward to backward; false: they are freed after forward and gathered
 *     again for backward (re-materialisation)
 */
public record StepPlacement(List<Placement> wide, boolean[] keeps) {
    /** Copies that all stay from forward to backward. */
    public static StepPlacement keeping(List<Placement> wide) {
        boolean[] keeps = new boolean[wide.size()];
        Arrays.fill(keeps, true);
        return new StepPlacement(wide, keeps);
    }
}
