package io.witan.runtime.profile;

import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LinkSpeed;
import java.util.Locale;

/** What was measured, the slowest rank's; also section {@code parallel.costs} of a configuration. */
public record MeasuredCosts(
        @Doc("forward of what comes before a layer's experts, of one micro-batch, ns") @Range(min = 0)
                long attentionForwardNs,
        @Doc("forward of an expert for one assignment, ps") @Range(min = 0) long forwardPsPerAssignment,
        @Doc("before the first byte of a sparse collective moves, ns") @Range(min = 0) long startUpNs,
        @Doc("bytes a second into a rank from ranks of its node, mean of gather and reduction") @Range(min = 1)
                long intraNodeBytesPerSecond,
        @Doc("bytes a second into a node, mean of gather and reduction") @Range(min = 1) long interNodeBytesPerSecond) {
    private static final double GIGA = 1e9;
    private static final double MEGA = 1e6;
    private static final double KILO = 1e3;

    /**
     * @param expertBytes of one expert's parameters as they travel
     * @param stateBytes of parameters and optimizer state
     * @param assignmentBytes of one token assignment, one way
     */
    public LayerCost layerCost(long expertBytes, long stateBytes, long assignmentBytes) {
        return new LayerCost(
                expertBytes,
                stateBytes,
                assignmentBytes,
                forwardPsPerAssignment,
                attentionForwardNs,
                startUpNs,
                new LinkSpeed(intraNodeBytesPerSecond, interNodeBytesPerSecond));
    }

    /** For people. */
    public String describe() {
        return String.format(
                Locale.ROOT,
                "attention %.2f ms, expert %.2f us an assignment, %.2f GB/s in a node, %.2f GB/s between nodes, start-up %.0f us",
                attentionForwardNs / MEGA,
                forwardPsPerAssignment / MEGA,
                intraNodeBytesPerSecond / GIGA,
                interNodeBytesPerSecond / GIGA,
                startUpNs / KILO);
    }
}
