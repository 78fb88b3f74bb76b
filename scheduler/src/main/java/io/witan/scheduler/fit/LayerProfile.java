package io.witan.scheduler.fit;

import java.util.List;
import java.util.Optional;

/**
 * What the operations of an MoE layer cost on the ranks of a run, the slowest rank's; the same on all of them.
 *
 * @param collectives of all ranks, and where several nodes have several ranks also in and between nodes; empty for one rank
 * @param attentionMs forward of all that comes before a layer's experts, of a rank's rows
 * @param expertForward by assignments of a rank, spread evenly over its experts
 * @param expertBackward likewise, without gradients of weights
 * @param expertWeights likewise, gradients of weights
 * @param contention of an all-to-all and experts that run at the same time, as {@link io.witan.scheduler.lanes.Contention} counts it
 */
public record LayerProfile(
        List<CollectiveLines> collectives,
        double attentionMs,
        LinearFit expertForward,
        LinearFit expertBackward,
        LinearFit expertWeights,
        double contention) {
    public LayerProfile {
        collectives = List.copyOf(collectives);
    }

    /** Collectives of one reach; empty if the ranks have none apart. */
    public Optional<CollectiveLines> collectives(Reach reach) {
        return collectives.stream().filter(lines -> lines.reach() == reach).findFirst();
    }
}
