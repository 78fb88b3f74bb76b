package io.witan.runtime.fssdp;

import io.witan.scheduler.placement.SparseMaterialization;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/**
 * FSSDP ({@code fssdp}): Hecate's Algorithm 1 on the predicted loads. Without a prediction nothing is copied.
 *
 * @param overlapDegree t: experts whose gather hides behind the layer's attention
 * @param memoryCapacity m: copies that fit on a rank, an expert each
 */
public record SparseMaterializationPolicy(Topology topology, int overlapDegree, int memoryCapacity)
        implements MaterializationPolicy {
    @Override
    public Placement place(Placement owners, long[] predictedLoad) {
        for (long load : predictedLoad) {
            if (load > 0) {
                return SparseMaterialization.plan(topology, owners, predictedLoad, overlapDegree, memoryCapacity);
            }
        }
        return owners;
    }
}
