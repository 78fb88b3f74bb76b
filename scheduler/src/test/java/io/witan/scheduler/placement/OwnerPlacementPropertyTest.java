package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class OwnerPlacementPropertyTest {
    @Property(tries = 600)
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

    @Property(tries = 300)
    void shardsAreAsManyOnARankAsWithoutGroups(
            @ForAll @IntRange(min = 1, max = 8) int layers,
            @ForAll @IntRange(min = 1, max = 12) int experts,
            @ForAll @IntRange(min = 1, max = 5) int sharding,
            @ForAll @IntRange(min = 1, max = 12) int groupWish) {
        int ranks = Math.min(groupWish, layers * experts) * sharding;
        int[][] owner = OwnerPlacement.sharded(layers, experts, sharding, ranks);
        int[] total = new int[ranks];
        for (int[] layer : owner) {
            for (int shard = 0; shard < layer.length; shard++) {
                total[layer[shard]]++;
                assertThat(layer[shard] % sharding).isEqualTo(shard % sharding);
                assertThat(layer[shard] / sharding).isEqualTo(layer[shard - shard % sharding] / sharding);
            }
        }
        assertThat(total).isEqualTo(OwnerPlacement.slots(layers, experts * sharding, ranks));
    }
}
