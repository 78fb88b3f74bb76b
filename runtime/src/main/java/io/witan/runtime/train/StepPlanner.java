package io.witan.runtime.train;

import io.witan.runtime.fssdp.LayerExperts;
import io.witan.runtime.fssdp.LayerPlan;
import io.witan.runtime.moe.MoeLayer;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.predict.LoadPredictor;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Plans a step from the loads of the steps before: which experts go where, by which hops. The same on all ranks. */
final class StepPlanner {
    private final Topology topology;
    private final List<MoeLayer> layers;
    private final PlacementPolicy policy;
    private final LoadPredictor predictor;
    private List<Placement> previous = List.of();

    StepPlanner(Topology topology, List<MoeLayer> layers, PlacementPolicy policy, LoadPredictor predictor) {
        this.topology = topology;
        this.layers = layers;
        this.policy = policy;
        this.predictor = predictor;
    }

    /** Takes up the copies of the step before, as {@link #copies} told them. */
    void resume(int[][] copies) {
        previous = PreviousPlacements.unpack(copies, owners());
    }

    /** Says that layers have other owners, between steps: the policy gets the placements of the step before with those. */
    void ownersChanged() {
        previous = PreviousPlacements.unpack(PreviousPlacements.pack(previous), owners());
    }

    /** One plan a layer. */
    List<LayerPlan> plan(long step) {
        long[][] predicted = predictor.predict();
        List<Placement> owners = owners();
        StepPlacement placement = policy.place(new StepInput(step, owners, previous, predicted));
        List<LayerPlan> plans = new ArrayList<>();
        for (int l = 0; l < layers.size(); l++) {
            Placement wide = placement.wide().get(l);
            // Nobody owns a sliced expert: whom its placement names changes from step to step.
            Placement narrow = policy.slicesExperts() ? wide.ownersOnly() : owners.get(l);
            TransferPlan transfer = HierarchicalTransferPlanner.plan(topology, narrow, wide, predicted[l]);
            plans.add(new LayerPlan(transfer, placement.keeps()[l], predicted[l], afterGate(placement, l)));
        }
        return plans;
    }

    private static Optional<LayerPlan.AfterGate> afterGate(StepPlacement placement, int layer) {
        Placement planned = placement.wide().get(layer);
        return placement.afterGate().map(late -> (wide, counts) -> late.widen(layer, planned, wide, counts));
    }

    private List<Placement> owners() {
        return layers.stream().map(MoeLayer::experts).map(LayerExperts::owners).toList();
    }

    /** What a resumed run needs to ask the policy alike; null if the policy does not look back. */
    int[][] copies() {
        return policy.looksBack() ? PreviousPlacements.pack(previous) : null;
    }

    /** Takes up where the experts are at the step's end, before layers give them up, by layer. */
    List<Placement> placements() {
        previous = layers.stream()
                .map(MoeLayer::experts)
                .map(LayerExperts::placement)
                .toList();
        return previous;
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
