package io.witan.scheduler.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerTimeModelTest {
    private static final LayerCost COST =
            new LayerCost(1_000_000, 8_000_000, 100, 10_000, 500, 20, new LinkSpeed(1_000_000_000L, 100_000_000L));

    @Test
    void shouldAddUpByHand() {
        Topology topology = Topology.of(1, 1);
        Placement owners = Placement.ofOwners(new int[] {0, 0, 1, 1}, 2);
        int[][] counts = {{10, 0, 0, 0}, {30, 0, 0, 10}};

        LayerTime narrow = LayerTimeModel.ofWholeExperts(topology, COST).time(owners, counts);
        LayerTime wide = LayerTimeModel.ofWholeExperts(topology, COST).time(owners.with(new int[][] {{1}}), counts);

        assertThat(narrow).isEqualTo(new LayerTime(30 * 100 * 10 + 20, 40 * 10, 0, 0, 0, 500, 1000));
        assertThat(wide).isEqualTo(new LayerTime(0, 40 * 10, 10_000_020, 0, 10_000_020, 500, 1000));
        assertThat(wide.keptNs()).isEqualTo(3 * 400 + 9_999_520 + 9_999_020);
        assertThat(wide.releasedNs()).isEqualTo(3 * 400 + 9_999_520 + 19_999_040);
        assertThat(wide.hiddenNs()).isEqualTo(1500);
    }

    @Test
    void shouldStopAtTheLargestNumberInsteadOfOverflowing() {
        LayerCost huge = new LayerCost(
                Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, 0, Long.MAX_VALUE, new LinkSpeed(1, 1));
        Topology topology = Topology.of(2, 1);
        Placement wide = Placement.ofOwners(new int[] {0}, 3).with(new int[][] {{1, 2}});
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(topology, huge);

        LayerTime time = model.expected(wide.ownersOnly(), new long[] {Long.MAX_VALUE}, LayerTimeModel.MAX_ASSIGNMENTS);

        assertThat(time.computeNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(time.keptNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(model.time(wide, new int[3][1]).releasedNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldTakeNothingWithoutTokensAndCopies() {
        LayerTime time = LayerTimeModel.ofWholeExperts(Topology.of(2), COST)
                .expected(Placement.ofOwners(new int[] {0, 1}, 2), new long[2], 100);

        assertThat(time.keptNs()).isZero();
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(Topology.of(2), COST);
        Placement owners = Placement.ofOwners(new int[] {0, 1}, 2);

        assertThatThrownBy(() -> model.time(Placement.ofOwners(new int[] {0}, 3), new int[3][1]))
                .hasMessage("layer time: placement has 3 ranks, topology has 2");
        assertThatThrownBy(() -> model.expected(owners, new long[2], -1)).hasMessageContaining("-1 assignments");
        assertThatThrownBy(() -> model.time(owners.with(new int[][] {{1}}), owners, new int[2][2]))
                .hasMessageContaining("lacks pairs of the earlier one");
    }

    @Test
    void shouldMoveStatesAtTheSpeedOfTheBusiestLink() {
        List<LayerCost> layers = List.of(COST, COST);
        int[][] before = {{0, 1}, {2, 3}};

        assertThat(MoveTime.ns(Topology.of(2, 2), layers, before, before)).isZero();
        assertThat(MoveTime.ns(Topology.of(2, 2), layers, before, new int[][] {{1, 0}, {2, 3}}))
                .as("8 MB at 1 GB/s")
                .isEqualTo(8_000_020);
        assertThat(MoveTime.ns(Topology.of(2, 2), layers, before, new int[][] {{2, 3}, {0, 1}}))
                .as("16 MB each way at 0.1 GB/s")
                .isEqualTo(160_000_020);
    }
}
