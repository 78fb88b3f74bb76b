package io.witan.scheduler.policy.rival;

import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.ArrayList;
import java.util.List;

/**
 * Lasting replicas ({@code replicate}, FlexMoE, SIGMOD 2023): every rank has slots for replicas, which keep their experts from step
 * to step. When the busiest rank has more than 1.1 times the mean (the trigger's value is ours), up to 10 rounds change them, as
 * LAER-MoE's authors re-implemented it: in each node one slot goes from the expert of least to the expert of most load a holder
 * (migrate), a free slot just to the latter (expand), or one is given up (shrink). A round stands if the layer time or the busiest
 * rank's load over the least busy one's falls; the first that does not ends the search. (In the paper a slot holds optimizer state
 * too; here a replica's gradients go to the owner and its parameters come from there, which moves as much.)
 */
public final class ReplicatePolicy implements PlacementPolicy {
    private static final int MOST_ROUNDS = 10;

    private final PolicySettings settings;
    private final List<LayerTimeModel> models;

    public ReplicatePolicy(PolicySettings settings) {
        this.settings = settings;
        this.models = settings.models();
    }

    @Override
    public boolean looksBack() {
        return true;
    }

    @Override
    public StepPlacement place(StepInput input) {
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < input.owners().size(); l++) {
            Placement start = input.previous().isEmpty()
                    ? input.owners().get(l)
                    : input.previous().get(l);
            wide.add(search(l, start, input.predictedLoad()[l]));
        }
        return StepPlacement.keeping(wide);
    }

    private Placement search(int layer, Placement start, long[] load) {
        ReplicaSlots slots = new ReplicaSlots(settings.topology(), start, load, settings.evenShare());
        if (!slots.fits()) {
            return search(layer, start.ownersOnly(), load);
        }
        Placement best = start;
        long bestNs = expectedNs(layer, best, load);
        for (int round = 0; round < MOST_ROUNDS && slots.isUneven(); round++) {
            ReplicaSlots grown = slots.hottestForColdest();
            ReplicaSlots shrunk = slots.withoutColdest();
            long grownNs = expectedNs(layer, grown.placement(), load);
            long shrunkNs = expectedNs(layer, shrunk.placement(), load);
            ReplicaSlots next = shrunkNs < grownNs && shrunkNs < bestNs ? shrunk : grown;
            long nextNs = next == shrunk ? shrunkNs : grownNs;
            if (nextNs >= bestNs && !next.isMoreEvenThan(slots)) {
                break;
            }
            slots = next;
            best = next.placement();
            bestNs = nextNs;
        }
        return best;
    }

    private long expectedNs(int layer, Placement wide, long[] load) {
        return models.get(layer).expected(wide, load, settings.assignments()).keptNs();
    }
}
