package io.witan.runtime.fssdp;

import io.witan.scheduler.plan.Placement;

/**
 * Which experts of a layer to copy where for one step. Pure: every rank computes the same placement from the same inputs.
 */
public interface MaterializationPolicy {
    /**
     * @param owners the layer's owners, without copies
     * @param predictedLoad expected token assignments of each expert, in any unit; all zero if nothing is known
     * @return a placement that contains {@code owners}
     */
    Placement place(Placement owners, long[] predictedLoad);
}
