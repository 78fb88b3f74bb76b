package io.witan.runtime.trace.overlap;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;

/**
 * What a rank's steps went to, in ms a step. The step is the sum of {@code computeMs}, {@code hostMs}, the three waits and {@code
 * otherMs}. The part of the communication that is neither hidden nor exposed ran beside times that no span names.
 *
 * @param rank {@link #MEAN}: the mean of all
 * @param computeMs the training thread computed
 * @param hostMs it planned, read data or laid out operations
 * @param waitTokensMs it waited for rows of tokens, or for ranks' counts of them
 * @param waitCopiesMs it waited for copies of experts
 * @param waitGradientsMs it waited for sums of gradients
 * @param otherMs it waited for something else, or did what no span names
 * @param communicationMs at least one operation was the first of its lane
 * @param hiddenMs of that, while the training thread computed, planned, read or laid out
 * @param exposedMs of that, while it waited
 * @param lanes the same of each lane of communication; lanes may run at once, so they add up to more than the whole
 */
public record RankOverlap(
        int rank,
        @JsonProperty("step_ms") double stepMs,
        @JsonProperty("compute_ms") double computeMs,
        @JsonProperty("host_ms") double hostMs,
        @JsonProperty("wait_tokens_ms") double waitTokensMs,
        @JsonProperty("wait_copies_ms") double waitCopiesMs,
        @JsonProperty("wait_gradients_ms") double waitGradientsMs,
        @JsonProperty("other_ms") double otherMs,
        @JsonProperty("communication_ms") double communicationMs,
        @JsonProperty("hidden_ms") double hiddenMs,
        @JsonProperty("exposed_ms") double exposedMs,
        Map<String, LaneOverlap> lanes) {
    /** In place of a rank. */
    public static final int MEAN = -1;

    /** Communication of one lane, in ms a step. */
    public record LaneOverlap(
            @JsonProperty("busy_ms") double busyMs,
            @JsonProperty("hidden_ms") double hiddenMs,
            @JsonProperty("exposed_ms") double exposedMs) {}
}
