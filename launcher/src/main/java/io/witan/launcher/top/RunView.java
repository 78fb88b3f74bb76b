package io.witan.launcher.top;

import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.util.List;
import java.util.Optional;

/**
 * How a run is at one moment.
 *
 * @param title which run it is
 * @param state of the whole run, in words
 * @param over no more will come
 * @param steps of the run; 0: unknown
 * @param step the last one; empty: none was done
 * @param validation the last one
 * @param ranksStep the step that the figures of ranks are of; 0: there are none
 * @param ranks in rank order
 */
public record RunView(
        String title,
        String state,
        boolean over,
        long steps,
        Optional<StepMetrics> step,
        Optional<ValidationMetrics> validation,
        long ranksStep,
        List<Row> ranks) {
    public RunView {
        ranks = List.copyOf(ranks);
    }

    /**
     * One rank.
     *
     * @param node empty: unknown
     * @param pid 0: unknown
     * @param state a {@link io.witan.launcher.supervise.RankState}, in lower case; empty: unknown
     * @param restarts processes that took the place of one before; -1: unknown
     * @param figures empty: none are known
     */
    public record Row(
            int rank, String node, long pid, String state, int restarts, Optional<RankMetrics.OfRank> figures) {}
}
