package io.witan.runtime.train;

import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Elements {@code from .. to - 1} of the dense region that get the same update, or none.
 *
 * @param decayed whether weight decay applies
 * @param updatesBefore updates of the region before the first of these elements
 */
record DenseRun(long from, long to, boolean trained, boolean decayed, long updatesBefore) {
    /**
     * All of a region, from its front to its end.
     *
     * @param tensors in the order in which they lie
     * @param updatesBefore of a tensor that is trained
     */
    static List<DenseRun> of(
            List<ParameterSpec> tensors,
            Predicate<ParameterSpec> trained,
            ToLongFunction<ParameterSpec> updatesBefore) {
        List<DenseRun> runs = new ArrayList<>();
        long offset = 0;
        for (ParameterSpec spec : tensors) {
            long end = offset + spec.count();
            DenseRun run = trained.test(spec)
                    ? new DenseRun(offset, end, true, spec.decayed(), updatesBefore.applyAsLong(spec))
                    : new DenseRun(offset, end, false, false, 0);
            boolean alike = !runs.isEmpty() && runs.getLast().isLike(run);
            runs.add(alike ? runs.removeLast().upTo(end) : run);
            offset = end;
        }
        return runs;
    }

    private boolean isLike(DenseRun other) {
        return trained == other.trained && decayed == other.decayed && updatesBefore == other.updatesBefore;
    }

    private DenseRun upTo(long end) {
        return new DenseRun(from, end, trained, decayed, updatesBefore);
    }
}
