package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    void shouldPutShardsOfAnExpertOnNeighbours() {
        assertThat(OwnerPlacement.sharded(1, 2, 2, 4)).isEqualTo(new int[][] {{0, 1, 2, 3}});
        assertThat(OwnerPlacement.sharded(2, 3, 2, 4)).isEqualTo(new int[][] {{0, 1, 0, 1, 2, 3}, {0, 1, 2, 3, 2, 3}});
        assertThat(OwnerPlacement.sharded(1, 2, 3, 1)).isEqualTo(new int[1][6]);
        assertThat(OwnerPlacement.sharded(2, 5, 1, 3)).isEqualTo(OwnerPlacement.even(2, 5, 3));
    }

    @Test
    void shouldRefuseRanksThatShardsDoNotFit() {
        assertThatThrownBy(() -> OwnerPlacement.sharded(2, 4, 2, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("experts in 2 shards on 3 ranks: shards must divide ranks");
    }

    @Test
    void shouldRefuseRanksThatWouldOwnNothing() {
        assertThatThrownBy(() -> OwnerPlacement.even(2, 4, 9))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("9 ranks, but only 8 expert slots over all layers");
        assertThatThrownBy(() -> OwnerPlacement.even(0, 4, 1)).hasMessageContaining("at least 1, got 0, 4, 1");
        assertThatThrownBy(() -> OwnerPlacement.even(1 << 16, 1 << 16, 1)).hasMessageContaining("4294967296");
    }
}
