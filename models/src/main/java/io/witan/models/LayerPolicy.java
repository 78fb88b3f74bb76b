package io.witan.models;

import io.witan.models.family.MoeShape;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StatePart;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.OverlapDegree;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.Collections;
import java.util.List;

/** A recipe's placement policy, from what its layers cost. */
final class LayerPolicy {
    /** Where nothing was measured, only the busiest rank's assignments count. */
    private static final MeasuredCosts UNWEIGHED = new MeasuredCosts(0, 1_000_000, 0, Long.MAX_VALUE, Long.MAX_VALUE);

    private final Recipe recipe;
    private final MoeShape moe;
    private final Topology topology;
    private final long assignmentBytes;

    /**
     * @param moe layers of the recipe's model
     * @param assignmentBytes of a token assignment as ranks exchange it, one way
     */
    LayerPolicy(Recipe recipe, MoeShape moe, Topology topology, long assignmentBytes) {
        this.recipe = recipe;
        this.moe = moe;
        this.topology = topology;
        this.assignmentBytes = assignmentBytes;
    }

    /** t by these costs. */
    int overlapDegree(MeasuredCosts costs) {
        long speed = costs.layerCost(1, 1, 1).speed().bottleneckBytesPerSecond(topology);
        return OverlapDegree.of(costs.attentionForwardNs(), speed, moe.expertBytes(), moe.shards());
    }

    /** @param parallel with all numbers found */
    PlacementPolicy create(ParallelConfig parallel) {
        MeasuredCosts costs = parallel.costs().orElse(UNWEIGHED);
        LayerCost layer = layerCost(costs);
        int layers = moe.layers();
        List<LayerCost> all = Collections.nCopies(layers, layer);
        PolicySettings settings = PolicySettings.of(topology, all, moe.assignments())
                .withMicroBatches(recipe.train().accumulation())
                .withOverlapDegree(parallel.overlapDegree().orElse(0))
                .withMemoryPool(pool(parallel, layers))
                .withPlanner(parallel.planner())
                .withCalibration(parallel.calibration())
                .withReshardInterval(parallel.reshardInterval())
                .withRetention(parallel.rematerialise().retention());
        return parallel.policy().create(settings);
    }

    /** What a layer takes by its placement. */
    LayerTimeModel layerTimes(MeasuredCosts costs) {
        return recipe.parallel().sharding() == Sharding.SLICED
                ? LayerTimeModel.ofSlices(topology, layerCost(costs))
                : LayerTimeModel.ofWholeExperts(topology, layerCost(costs));
    }

    private LayerCost layerCost(MeasuredCosts costs) {
        return costs.layerCost(moe.expertBytes(), StatePart.values().length * moe.expertBytes(), assignmentBytes);
    }

    /** Layers that release their copies take turns in the room of one. */
    private static int pool(ParallelConfig parallel, int layers) {
        int capacity = parallel.memoryCapacity().orElse(0);
        return parallel.policy() == NamedPolicy.FSSDP
                        && parallel.rematerialise() == ParallelConfig.Rematerialise.RELEASE
                ? capacity
                : Math.multiplyExact(capacity, layers);
    }
}
