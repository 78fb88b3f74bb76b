package io.witan.runtime.train;

import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.fssdp.MaterializationPolicy;
import io.witan.runtime.moe.MoeLayer;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.predict.LoadPredictor;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.ArrayList;
import java.util.List;

/** Plans a step from the loads of the steps before: which experts go where, by which hops. The same on all ranks. */
final class StepPlanner {
    private final Topology topology;
    private final List<MoeLayer> layers;
    private final MaterializationPolicy policy;
    private final LoadPredictor predictor;

    StepPlanner(Topology topology, List<MoeLayer> layers, MaterializationPolicy policy, LoadPredictor predictor) {
        this.topology = topology;
        this.layers = layers;
        this.policy = policy;
        this.predictor = predictor;
    }

    /** One plan a layer. */
    List<TransferPlan> plan() {
        long[][] predicted = predictor.predict();
        List<TransferPlan> plans = new ArrayList<>();
        for (int l = 0; l < layers.size(); l++) {
            LayerExperts experts = layers.get(l).experts();
            Placement wide = policy.place(experts.owners(), predicted[l]);
            plans.add(HierarchicalTransferPlanner.plan(topology, experts.owners(), wide, predicted[l]));
        }
        return plans;
    }

    /** Takes up the loads of a step, layers x experts. */
    void observe(long[][] loads) {
        predictor.record(loads);
    }

    /** Loads of the last steps, oldest first: what a resumed run needs to plan alike. */
    List<long[][]> history() {
        return predictor.history();
    }
}
