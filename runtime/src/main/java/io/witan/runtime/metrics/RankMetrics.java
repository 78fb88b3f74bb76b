package io.witan.runtime.metrics;

import java.util.List;

/**
 * What each rank had to do with a step. Not every step has such a line.
 *
 * @param ranks in rank order
 */
public record RankMetrics(long step, List<OfRank> ranks) implements MetricsLine {
    public RankMetrics {
        ranks = List.copyOf(ranks);
    }

    /**
     * One rank.
     *
     * @param ownMs in which its training thread worked, since the step before
     * @param waitMs in which that waited for an exchange
     * @param sentBytes payload that it sent
     * @param residentBytes of its process; 0: unknown
     * @param load assignments that it computed, over the mean rank's, mean over layers
     * @param copies of experts that it held, over all layers
     */
    public record OfRank(double ownMs, double waitMs, long sentBytes, long residentBytes, double load, int copies) {}
}
