package io.witan.runtime.train.dense;

import io.witan.runtime.state.Parameter;
import java.util.BitSet;
import java.util.List;

/** Begins sums as soon as their gradients are complete. */
final class EagerReduction implements DenseReduction {
    /** Shorter pieces wait for the end, where they lie side by side. */
    private static final long LEAST_BYTES = 1 << 16;

    private final DenseSums sums;

    EagerReduction(DenseSums sums) {
        this.sums = sums;
    }

    @Override
    public void complete(List<Parameter> parameters) {
        if (!sums.overlap()) {
            return;
        }
        BitSet complete = new BitSet();
        DenseSums.trained(parameters).forEach(parameter -> complete.set(sums.tensorOf(parameter)));
        for (int from = complete.nextSetBit(0); from >= 0; ) {
            int to = complete.nextClearBit(from);
            ByteRange range =
                    new ByteRange(sums.range(from).from(), sums.range(to - 1).to());
            if (range.bytes() >= LEAST_BYTES) {
                sums.begin(range);
            }
            from = complete.nextSetBit(to);
        }
    }

    @Override
    public void finish() {
        sums.finish();
    }
}
