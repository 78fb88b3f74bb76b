package io.witan.launcher.watch;

import io.witan.runtime.metrics.PlacementMetrics;
import io.witan.runtime.metrics.PlacementMetrics.LayerPlacement;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Placements for the metrics file: of the layers that differ from the step before. */
public final class PlacementChanges {
    private List<Placement> previous = List.of();

    /** Empty if no layer changed; in the first step all layers count as changed. */
    public Optional<PlacementMetrics> next(long step, List<Placement> placements) {
        List<LayerPlacement> changed = new ArrayList<>();
        for (int l = 0; l < placements.size(); l++) {
            if (l >= previous.size() || !placements.get(l).equals(previous.get(l))) {
                changed.add(new LayerPlacement(l, holders(placements.get(l))));
            }
        }
        previous = placements;
        return changed.isEmpty() ? Optional.empty() : Optional.of(new PlacementMetrics(step, changed));
    }

    private static List<List<Integer>> holders(Placement placement) {
        List<List<Integer>> holders = new ArrayList<>();
        for (int e = 0; e < placement.expertCount(); e++) {
            List<Integer> ranks = new ArrayList<>();
            ranks.add(placement.owner(e));
            for (int rank : placement.holders(e)) {
                if (rank != placement.owner(e)) {
                    ranks.add(rank);
                }
            }
            holders.add(ranks);
        }
        return holders;
    }
}
