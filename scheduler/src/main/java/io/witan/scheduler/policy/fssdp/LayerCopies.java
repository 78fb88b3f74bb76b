package io.witan.scheduler.policy.fssdp;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.placement.CapacityShares;
import io.witan.scheduler.placement.ScoredMaterialization;
import io.witan.scheduler.placement.SparseMaterialization;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.policy.PolicySettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/** The copies of all layers for one step: memory divided over layers, then the chosen planner in each. */
final class LayerCopies {
    private final PolicySettings settings;
    private final List<LayerTimeModel> models;
    private final int pool;

    /** @param pool copies that may be made on a rank over all layers */
    LayerCopies(PolicySettings settings, int pool) {
        this.settings = settings;
        this.models = settings.models();
        this.pool = pool;
    }

    /** @param load load[l][e] in one unit for all layers; all zero: no copies */
    List<Placement> plan(List<Placement> owners, long[][] load) {
        int[] capacity = capacity(load);
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < owners.size(); l++) {
            wide.add(
                    switch (settings.planner()) {
                        case ALGORITHM1 ->
                            SparseMaterialization.plan(
                                    settings.topology(),
                                    owners.get(l),
                                    load[l],
                                    settings.overlapDegree().get(l),
                                    capacity[l]);
                        case SCORED -> scored(l).plan(owners.get(l), load[l], capacity[l]);
                    });
        }
        return wide;
    }

    /** T of all layers with these copies, by the model, for one micro-batch. */
    long expectedNs(List<Placement> wide, long[][] load) {
        long total = 0;
        for (int l = 0; l < load.length; l++) {
            long ns = price().applyAsLong(models.get(l).expected(wide.get(l), load[l], settings.assignments()));
            total = total + ns < 0 ? Long.MAX_VALUE : total + ns;
        }
        return total;
    }

    LayerTimeModel model(int layer) {
        return models.get(layer);
    }

    /** m of each layer: its share of the pool if all copies stay, else all of it, as layers take turns. */
    int[] capacity(long[][] load) {
        int[] most = new int[load.length];
        Arrays.setAll(most, l -> mostCopies(l, load[l].length));
        if (settings.retention() == PolicySettings.Retention.KEEP) {
            return CapacityShares.divide(load, pool, most);
        }
        Arrays.setAll(most, l -> Math.min(most[l], pool));
        return most;
    }

    /** Algorithm 1 copies t experts at most; scored candidates pay for what does not hide. */
    private int mostCopies(int layer, int experts) {
        return settings.planner() == PolicySettings.Planner.SCORED
                ? experts
                : Math.min(experts, settings.overlapDegree().get(layer));
    }

    private ScoredMaterialization scored(int layer) {
        return new ScoredMaterialization(
                settings.topology(),
                models.get(layer),
                settings.assignments(),
                settings.overlapDegree().get(layer),
                price());
    }

    private ToLongFunction<LayerTime> price() {
        return settings.retention() == PolicySettings.Retention.KEEP ? LayerTime::keptNs : LayerTime::releasedNs;
    }
}
