package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;

/** How long it takes to bring the parameters of a layer to their holders; the reduction of gradients is the mirror. */
interface CopyTraffic {
    /** Least time of the gather in nanoseconds, start-up included; 0 if nothing moves. */
    long gatherNs(Placement wide);

    /** What {@link #gatherNs} is at least for all placements within the bounds; 0 says nothing. */
    default long leastGatherNs(HolderBounds holders) {
        return 0;
    }
}
