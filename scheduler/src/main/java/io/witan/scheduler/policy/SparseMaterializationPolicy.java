package io.witan.scheduler.policy;

import io.witan.scheduler.placement.SparseMaterialization;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.List;

/**
 * FSSDP ({@code fssdp}): Hecate's Algorithm 1 on the predicted loads. Without a prediction nothing is copied.
 *
 * @param overlapDegree t: experts whose gather hides behind the layer's attention
 * @param memoryCapacity m: copies of a layer that fit on a rank, an expert each
 */
public record SparseMaterializationPolicy(Topology topology, int overlapDegree, int memoryCapacity)
        implements PlacementPolicy {
    @Override
    public StepPlacement place(StepInput input) {
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < input.owners().size(); l++) {
            wide.add(SparseMaterialization.plan(
                    topology, input.owners().get(l), input.predictedLoad()[l], overlapDegree, memoryCapacity));
        }
        return StepPlacement.keeping(wide);
    }
}
