package io.witan.scheduler.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final Placement OWNERS = Placement.ofOwners(new int[] {0, 2, 2}, 3);

    @Test
    void shouldListHoldersBothWays() {
        Placement wide = OWNERS.with(new int[][] {{2, 1}, {}, {2, 0}});

        assertThat(wide.holders(0)).containsExactly(0, 1, 2);
        assertThat(wide.holders(1)).containsExactly(2);
        assertThat(wide.holders(2)).containsExactly(0, 2);
        assertThat(wide.heldBy(2)).containsExactly(0, 1, 2);
        assertThat(wide.heldBy(1)).containsExactly(0);
        assertThat(wide.copyCount()).isEqualTo(3);
        assertThat(wide.ownersOnly()).isEqualTo(OWNERS);
        assertThat(wide).hasToString("Placement[0:[0, 1, 2] 1:[2] 2:[0, 2]]");
    }

    @Test
    void shouldNotRunIntoTheNextExpertsRow() {
        assertThat(OWNERS.nextHolder(0, 0)).isZero();
        assertThat(OWNERS.nextHolder(0, 1)).isEqualTo(-1);
        assertThat(OWNERS.nextHolder(2, 3)).isEqualTo(-1);
        assertThatThrownBy(() -> OWNERS.holds(3, 0)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> OWNERS.holds(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void shouldContainOnlyPlacementsOfTheSameOwners() {
        Placement wide = OWNERS.with(new int[][] {{1}});

        assertThat(wide.contains(OWNERS)).isTrue();
        assertThat(OWNERS.contains(wide)).isFalse();
        assertThat(wide.contains(Placement.ofOwners(new int[] {1, 2, 2}, 3))).isFalse();
        assertThat(wide.contains(Placement.ofOwners(new int[] {0, 2}, 3))).isFalse();
        assertThat(wide.contains(Placement.ofOwners(new int[] {0, 2, 2}, 4))).isFalse();
    }

    @Test
    void shouldKeepNoLinkToTheArrayItCameFrom() {
        int[] owner = {0, 1};
        Placement placement = Placement.ofOwners(owner, 2);

        owner[0] = 1;

        assertThat(placement.owner(0)).isZero();
    }

    @Test
    void shouldRefuseWhatIsNoRankOrExpert() {
        assertThatThrownBy(() -> Placement.ofOwners(new int[] {0, 3}, 3))
                .hasMessage("expert 1 has owner 3, allowed 0..2");
        assertThatThrownBy(() -> Placement.ofOwners(new int[] {}, 0)).hasMessageContaining("at least one rank");
        assertThatThrownBy(() -> Placement.ofOwners(new int[1 << 16], 1 << 15)).hasMessageContaining("2^31-1 pairs");
        assertThatThrownBy(() -> OWNERS.with(new int[][] {{}, {-1}}))
                .hasMessage("copy of expert 1 on rank -1, allowed 0..2");
        assertThatThrownBy(() -> OWNERS.with(new int[4][0])).hasMessage("copies of 4 experts, but there are 3");
    }

    /** Ranks of one run may be different processes on different machines: the value itself is part of the contract. */
    @Test
    void shouldHashTheSameInEveryProcess() {
        assertThat(OWNERS.stableHash()).isEqualTo(-5161267073243245079L);
        assertThat(OWNERS.with(new int[][] {{1}}).stableHash()).isNotEqualTo(-5161267073243245079L);
        assertThat(Placement.ofOwners(new int[] {0, 0}, 1).stableHash())
                .isNotEqualTo(Placement.ofOwners(new int[] {0, 0, 0}, 1).stableHash());
    }

    @Test
    void shouldTellLateCopiesFromEarlyOnes() {
        Placement owners = Placement.ofOwners(new int[] {0, 2}, 3);
        Placement early = owners.with(new int[][] {{1}});
        Placement wide = early.with(new int[][] {{2}, {0}});

        assertThat(wide.beyond(early)).isEqualTo(owners.with(new int[][] {{2}, {0}}));
        assertThat(wide.beyond(wide)).isEqualTo(owners);
        assertThat(wide.copiesByRank()).containsExactly(1, 1, 1);
        assertThat(owners.copiesByRank()).containsExactly(0, 0, 0);
        assertThatThrownBy(() -> early.beyond(wide)).hasMessageContaining("lacks pairs of the earlier one");
    }

    @Test
    void shouldNameTheLowestHolderOwnerWhereThereIsNone() {
        Placement placement = Placement.ofHolders(new int[][] {{2, 1, 2}, {0}}, 3);

        assertThat(placement.holders(0)).containsExactly(1, 2);
        assertThat(placement.owner(0)).isEqualTo(1);
        assertThat(placement.owner(1)).isZero();
        assertThatThrownBy(() -> Placement.ofHolders(new int[][] {{0}, {}}, 3))
                .hasMessageContaining("expert 1 has no holder");
        assertThatThrownBy(() -> Placement.ofHolders(new int[][] {{3}}, 3)).hasMessageContaining("allowed 0..2");
    }
}
