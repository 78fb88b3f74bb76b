package io.witan.scheduler.cost;

/**
 * What a layer's work costs on this machine; the same numbers on all ranks (the slowest rank's), so that all plan alike.
 *
 * @param expertBytes parameters of one expert as they travel
 * @param stateBytes of one expert that change hands with its ownership: parameters and optimizer state
 * @param assignmentBytes of one token assignment, one way
 * @param forwardPsPerAssignment forward of an expert for one assignment, picoseconds; backward is taken as twice that
 * @param attentionForwardNs forward of what computes before the MoE layer, behind which its gather hides; backward is taken as twice that
 * @param startUpNs before the first byte of a collective moves
 */
public record LayerCost(
        long expertBytes,
        long stateBytes,
        long assignmentBytes,
        long forwardPsPerAssignment,
        long attentionForwardNs,
        long startUpNs,
        LinkSpeed speed) {
    /** @throws IllegalArgumentException if a size is below 1 or a time negative */
    public LayerCost {
        if (expertBytes < 1 || stateBytes < expertBytes || assignmentBytes < 1) {
            throw new IllegalArgumentException("layer cost: " + expertBytes + " B of parameters, " + stateBytes
                    + " B of state, " + assignmentBytes
                    + " B an assignment; allowed 1 or more, and at least the parameters as state");
        }
        if (forwardPsPerAssignment < 0 || attentionForwardNs < 0 || startUpNs < 0) {
            throw new IllegalArgumentException("layer cost: " + forwardPsPerAssignment + " ps an assignment, "
                    + attentionForwardNs + " ns before the layer, " + startUpNs + " ns start-up; allowed 0 or more");
        }
    }
}
