package io.witan.runtime.metrics;

import java.util.List;

/**
 * Where experts are from this step on, for the layers where that differs from the step before.
 *
 * @param layers in ascending order
 */
public record PlacementMetrics(long step, List<LayerPlacement> layers) implements MetricsLine {
    public PlacementMetrics {
        layers = List.copyOf(layers);
    }

    /**
     * Holders of a layer's experts.
     *
     * @param holders holders.get(e) = ranks that have expert e, the owner first, then those with a copy in ascending order
     */
    public record LayerPlacement(int layer, List<List<Integer>> holders) {
        public LayerPlacement {
            holders = holders.stream().map(List::copyOf).toList();
        }
    }
}
