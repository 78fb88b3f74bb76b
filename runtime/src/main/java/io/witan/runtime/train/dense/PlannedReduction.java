package io.witan.runtime.train.dense;

import io.witan.runtime.state.Parameter;
import io.witan.scheduler.gradient.GradientWindows;
import java.util.List;

/** Begins, with each stretch of backward, sums of as many bytes as the plan says, of those that are complete the oldest. */
final class PlannedReduction implements DenseReduction {
    private final DenseSums sums;
    private final GradientWindows windows;
    private final GradientBucket bucket = new GradientBucket();
    private int stretch;

    PlannedReduction(DenseSums sums, GradientWindows windows) {
        this.sums = sums;
        this.windows = windows;
    }

    @Override
    public void complete(List<Parameter> parameters) {
        bucket.add(DenseSums.trained(parameters).stream()
                .map(parameter -> sums.range(sums.tensorOf(parameter)))
                .toList());
    }

    @Override
    public void beginStretch() {
        long bytes = windows.bytesOf(stretch++);
        if (sums.overlap()) {
            bucket.take(bytes).forEach(sums::begin);
        }
    }

    @Override
    public void finish() {
        sums.finish();
        bucket.clear();
        stretch = 0;
    }
}
