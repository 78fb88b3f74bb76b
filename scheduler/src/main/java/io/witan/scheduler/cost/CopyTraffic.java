package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;

/** How long it takes to bring the parameters of a layer to their holders; the reduction of gradients is the mirror. */
interface CopyTraffic {
    /** Least time of the gather in nanoseconds, start-up included; 0 if nothing moves. */
    long gatherNs(Placement wide);
}
