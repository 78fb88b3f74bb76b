package io.witan.launcher.status;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * {@code status.json}: how a run is.
 *
 * @param updatedAt ISO-8601, UTC, when it was written
 * @param exitCode of the launcher; null: the run goes on, or its launcher was killed
 * @param restarts how often ranks were started again since this start
 * @param maxRestarts how often that may be
 * @param metrics absolute path of the metrics file
 * @param ranks in rank order
 */
public record RunStatus(
        @JsonProperty("updated_at") String updatedAt,
        @JsonProperty("exit_code") Integer exitCode,
        int restarts,
        @JsonProperty("max_restarts") int maxRestarts,
        String metrics,
        List<OfRank> ranks) {
    public RunStatus {
        ranks = List.copyOf(ranks);
    }

    /**
     * One rank.
     *
     * @param state a {@link io.witan.launcher.supervise.RankState}, in lower case
     * @param processes that it has had since this start
     */
    public record OfRank(int rank, String state, int processes) {}
}
