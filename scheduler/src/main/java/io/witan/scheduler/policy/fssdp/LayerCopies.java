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
    /** By so much Algorithm 1 must shorten a layer's time, as loads are predicted no better. */
    private static final int LEAST_GAIN_PERCENT = 2;

    private static final int PERCENT = 100;

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
            wide.add(planLayer(l, owners.get(l), load[l], capacity[l]));
        }
        return wide;
    }

    /** @param capacity copies that fit on a rank in this layer */
    Placement planLayer(int layer, Placement owners, long[] load, int capacity) {
        return switch (settings.planner()) {
            case ALGORITHM1 -> hottest(layer, owners, load, capacity);
            case SCORED -> scored(layer).plan(owners, load, capacity);
        };
    }

    /**
     * Algorithm 1 for t, t/2, t/4, ... experts, whichever takes least time; the owners alone if that does not gain: copies of the
     * hottest experts of even loads only move work from one rank to another.
     */
    private Placement hottest(int layer, Placement owners, long[] load, int capacity) {
        Placement best = owners;
        long alone = expectedNs(layer, owners, load);
        long least = alone - Math.ceilDiv(alone, PERCENT) * LEAST_GAIN_PERCENT;
        int most = capacity == 0 ? 0 : settings.overlapDegree().get(layer);
        for (int t = Math.min(most, load.length); t > 0; t /= 2) {
            Placement wide = SparseMaterialization.plan(settings.topology(), owners, load, t, capacity);
            long ns = expectedNs(layer, wide, load);
            if (ns < least) {
                best = wide;
                least = ns;
            }
        }
        return best;
    }

    /** T of all layers with these copies, by the model, for one micro-batch. */
    long expectedNs(List<Placement> wide, long[][] load) {
        long total = 0;
        for (int l = 0; l < load.length; l++) {
            long ns = expectedNs(l, wide.get(l), load[l]);
            total = total + ns < 0 ? Long.MAX_VALUE : total + ns;
        }
        return total;
    }

    private long expectedNs(int layer, Placement wide, long[] load) {
        return price().applyAsLong(models.get(layer).expected(wide, load, settings.assignments()));
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
