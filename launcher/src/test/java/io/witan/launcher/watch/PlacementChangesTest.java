package io.witan.launcher.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.metrics.PlacementMetrics;
import io.witan.runtime.metrics.PlacementMetrics.LayerPlacement;
import io.witan.scheduler.plan.Placement;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlacementChangesTest {
    private static final Placement OWNERS = Placement.ofOwners(new int[] {1, 0}, 3);

    @Test
    void tellsLayersThatChanged() {
        PlacementChanges changes = new PlacementChanges();

        assertThat(changes.next(1, List.of(OWNERS, OWNERS)))
                .contains(new PlacementMetrics(
                        1,
                        List.of(
                                new LayerPlacement(0, List.of(List.of(1), List.of(0))),
                                new LayerPlacement(1, List.of(List.of(1), List.of(0))))));
        assertThat(changes.next(2, List.of(OWNERS, OWNERS.ownersOnly()))).isEmpty();
        assertThat(changes.next(3, List.of(OWNERS, OWNERS.with(new int[][] {{2, 0}}))))
                .contains(
                        new PlacementMetrics(3, List.of(new LayerPlacement(1, List.of(List.of(1, 0, 2), List.of(0))))));
    }
}
