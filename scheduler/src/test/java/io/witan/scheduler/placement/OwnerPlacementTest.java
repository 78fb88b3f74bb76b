package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OwnerPlacementTest {
    @Test
    void shouldBeClassicalExpertParallelismWhenRanksDivideExperts() {
        assertThat(OwnerPlacement.even(2, 6, 3)).isEqualTo(new int[][] {{0, 0, 1, 1, 2, 2}, {0, 0, 1, 1, 2, 2}});
    }

    @Test
    void shouldRotateWhatIsLeftOverFromLayerToLayer() {
        assertThat(OwnerPlacement.even(2, 5, 3)).isEqualTo(new int[][] {{0, 0, 1, 1, 2}, {0, 0, 1, 2, 2}});
        assertThat(OwnerPlacement.even(3, 2, 5)).isEqualTo(new int[][] {{0, 1}, {2, 3}, {0, 4}});
    }

    @Test
    void shouldRefuseRanksThatWouldOwnNothing() {
        assertThatThrownBy(() -> OwnerPlacement.even(2, 4, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("9 ranks, but only 8 expert slots over all layers");
        assertThatThrownBy(() -> OwnerPlacement.even(0, 4, 1)).hasMessageContaining("at least 1, got 0, 4, 1");
        assertThatThrownBy(() -> OwnerPlacement.even(1 << 16, 1 << 16, 1)).hasMessageContaining("4294967296");
    }

    @Property(tries = 500)
    void splitsEvenlyInContiguousBlocks(
            @ForAll @IntRange(min = 1, max = 8) int layers,
            @ForAll @IntRange(min = 1, max = 20) int experts,
            @ForAll @IntRange(min = 1, max = 30) int rankWish) {
        int ranks = Math.min(rankWish, layers * experts);
        int[][] owner = OwnerPlacement.even(layers, experts, ranks);
        int[] total = new int[ranks];
        assertThat(owner).hasDimensions(layers, experts);
        for (int[] layer : owner) {
            assertThat(layer).as("contiguous, in rank order").isSorted();
            int[] inLayer = new int[ranks];
            for (int rank : layer) {
                inLayer[rank]++;
                total[rank]++;
            }
            for (int count : inLayer) {
                assertThat(count).isBetween(experts / ranks, (experts + ranks - 1) / ranks);
            }
        }
        for (int rank = 0; rank < ranks; rank++) {
            int more = rank < layers * experts % ranks ? 1 : 0;
            assertThat(total[rank]).isEqualTo(layers * experts / ranks + more).isPositive();
        }
        assertThat(total).isEqualTo(OwnerPlacement.slots(layers, experts, ranks));
    }
}
