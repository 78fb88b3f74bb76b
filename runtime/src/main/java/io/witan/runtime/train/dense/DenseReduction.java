package io.witan.runtime.train.dense;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.gradient.GradientWindows;
import java.util.Optional;

/**
 * Sums the gradients of dense parameters over ranks: some behind the backward that goes on, on the lane that yields to tokens and experts, the rest when
 * it is over. Each gradient is summed once a step, and a sum has the same bits in whatever piece it travels. With a device everything is summed at
 * the end, as it must be fetched first.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface DenseReduction extends GradientProgress {
    /** Begins what was not begun yet, and waits for all. */
    void finish();

    /** @param windows empty: sums begin as soon as gradients are complete */
    static DenseReduction of(RankRuntime runtime, TrainingState state, Optional<GradientWindows> windows) {
        DenseSums sums = new DenseSums(runtime, state);
        return windows.isPresent() ? new PlannedReduction(sums, windows.get()) : new EagerReduction(sums);
    }
}
