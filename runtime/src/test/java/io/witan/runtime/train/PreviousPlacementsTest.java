package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.Placement;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreviousPlacementsTest {
    private static final int RANKS = 3;
    private static final Placement FIRST =
            Placement.ofOwners(new int[] {0, 1, 2}, RANKS).with(new int[][] {{1, 2}, {}, {0}});
    private static final Placement SECOND = Placement.ofOwners(new int[] {2, 2, 0}, RANKS);

    @Test
    void comeBackAsTheyWere() {
        int[][] packed = PreviousPlacements.pack(List.of(FIRST, SECOND));

        assertThat(packed).isDeepEqualTo(new int[][] {{0, 1, 0, 2, 2, 0}, {}});
        assertThat(PreviousPlacements.unpack(packed, List.of(FIRST.ownersOnly(), SECOND)))
                .containsExactly(FIRST, SECOND);
    }

    /** The new owner of expert 0 had a copy; the old one of expert 2 has nothing left. */
    @Test
    void getTheOwnersOfNow() {
        Placement now = Placement.ofOwners(new int[] {1, 0, 1}, RANKS);
        int[][] packed = PreviousPlacements.pack(List.of(FIRST));

        assertThat(PreviousPlacements.unpack(packed, List.of(now)))
                .containsExactly(now.with(new int[][] {{2}, {}, {0}}));
    }

    @Test
    void ofNoStepAreNone() {
        assertThat(PreviousPlacements.unpack(PreviousPlacements.pack(List.of()), List.of(FIRST, SECOND)))
                .isEmpty();
    }
}
