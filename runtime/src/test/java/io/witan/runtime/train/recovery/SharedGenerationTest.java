package io.witan.runtime.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.vault.VaultFile.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedGenerationTest {
    private final List<Holding> copies = new ArrayList<>();

    private SharedGenerationTest kept(int rank, long... steps) {
        return add(Kind.KEPT, rank, rank, steps);
    }

    /** Of another rank's steps. */
    private SharedGenerationTest peer(int rank, int keeper, long... steps) {
        return add(Kind.PEER, rank, keeper, steps);
    }

    private SharedGenerationTest add(Kind kind, int rank, int at, long... steps) {
        for (long step : steps) {
            copies.add(new Holding(kind, 2, rank, step, 7, at, false));
        }
        return this;
    }

    private long found() {
        return SharedGeneration.find(copies).orElseThrow().step();
    }

    @Test
    void thatWhichHasJustBegunIsOnNoPeer() {
        kept(0, 8, 4).kept(1, 8, 4).peer(0, 1, 4).peer(1, 0, 4);
        assertThat(found()).isEqualTo(4);
    }

    @Test
    void ofWholeOnesTheNewest() {
        kept(0, 8, 4).kept(1, 8, 4).peer(0, 1, 8, 4).peer(1, 0, 8, 4);
        assertThat(found()).isEqualTo(8);
    }

    /** The second node is new: of rank 1 there is what rank 0 keeps, of rank 0 what it has kept itself. */
    @Test
    void aCopyOfEachRankIsEnough() {
        kept(0, 8, 4).peer(1, 0, 4);
        assertThat(found()).isEqualTo(4);
    }

    /** The second node is new and has begun a copy, which its peer does not have yet. */
    @Test
    void whatAPeerHoldsIsWorthMoreThanWhatIsNewer() {
        kept(0, 8, 4).kept(1, 8).peer(1, 0, 4);
        assertThat(found()).isEqualTo(4);
    }

    @Test
    void whatLacksARankIsNone() {
        kept(0, 8, 4).peer(1, 0, 2);
        assertThat(SharedGeneration.find(copies)).isEmpty();
    }

    @Test
    void equalStepsOfOtherOwnersAreApart() {
        kept(0, 4);
        copies.add(new Holding(Kind.PEER, 2, 1, 4, 8, 0, false));
        assertThat(SharedGeneration.find(copies)).isEmpty();
    }
}
