package io.witan.runtime.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.vault.VaultFile;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WholeStepTest {
    private final List<Holding> all = new ArrayList<>();

    private WholeStepTest own(int ranks, int rank, long... steps) {
        for (long step : steps) {
            all.add(new Holding(VaultFile.Kind.OWN, ranks, rank, step, 7, rank, true));
        }
        return this;
    }

    private WholeStepTest left(int ranks, int rank, int at, long... steps) {
        for (long step : steps) {
            all.add(new Holding(VaultFile.Kind.OWN, ranks, rank, step, 7, at, false));
        }
        return this;
    }

    private WholeStep newest(int ranksNow, long known) {
        return WholeStep.newest(all, ranksNow, known).orElseThrow();
    }

    @Test
    void theNewestStepIsThatOfTheRankThatIsBehind() {
        own(2, 0, 12, 11).own(2, 1, 11, 10);
        assertThat(newest(2, 9).step()).isEqualTo(11);
        assertThat(newest(2, 9).isInPlace(2)).isTrue();
    }

    @Test
    void aStepThatACheckpointHasDoesNotCount() {
        own(2, 0, 12, 11).own(2, 1, 11, 10);
        assertThat(WholeStep.newest(all, 2, 11)).isEmpty();
    }

    @Test
    void otherRanksTakeUpALaterStepAndNotTheirOwn() {
        own(2, 0, 5).own(2, 1, 5).left(3, 0, 0, 8, 7).left(3, 1, 1, 8, 7).left(3, 2, 0, 7);
        WholeStep step = newest(2, 0);
        assertThat(step.step()).isEqualTo(7);
        assertThat(step.ranks()).isEqualTo(3);
        assertThat(step.isInPlace(2)).isFalse();
        assertThat(step.holdings()).extracting(Holding::at).containsExactly(0, 1, 0);
    }

    @Test
    void ofEqualStepsThatCountsWhichLiesInPlace() {
        left(3, 0, 0, 8).left(3, 1, 1, 8).left(3, 2, 0, 8).own(2, 0, 8).own(2, 1, 8);
        assertThat(newest(2, 0).isInPlace(2)).isTrue();
    }

    @Test
    void stepsOfOtherOwnersAreOtherSteps() {
        own(2, 0, 6);
        all.add(new Holding(VaultFile.Kind.OWN, 2, 1, 6, 8, 1, true));
        own(2, 0, 5).own(2, 1, 5);
        assertThat(newest(2, 0).step()).isEqualTo(5);
    }

    @Test
    void aVaultThatAnotherRankFoundIsNotInPlace() {
        own(2, 0, 5).left(2, 1, 1, 5);
        assertThat(newest(2, 0).isInPlace(2)).isFalse();
    }

    @Test
    void aLostVaultIsNamed() {
        left(2, 0, 0, 8, 7).own(1, 0, 3);
        Findings findings = new Findings(all, new ArrayList<>());
        assertThat(WholeStep.newest(all, 1, 0).orElseThrow().step()).isEqualTo(3);
        assertThat(findings.loss(3)).contains("step 8 of 2 ranks is lost: rank 1: no vault");
        findings.problems().add(new Findings.Problem(2, 1, "vault/of-0002/rank-0001.state: header is damaged"));
        assertThat(findings.loss(3))
                .contains("step 8 of 2 ranks is lost: rank 1: vault/of-0002/rank-0001.state: header is damaged");
        assertThat(findings.loss(8)).isEmpty();
    }

    @Test
    void ranksThatAreAStepApartHaveLostNothing() {
        own(2, 0, 12, 11).own(2, 1, 11, 10);
        assertThat(new Findings(all, List.of()).loss(11)).isEmpty();
    }

    private void copy(VaultFile.Kind kind, int rank, int at, long step) {
        all.add(new Holding(kind, 2, rank, step, 7, at, false));
    }

    /** Rank 1 of two is lost: its copy is of step 8, to which rank 0 goes back by what it has kept. */
    @Test
    void ranksGoBackToTheStepOfACopy() {
        own(2, 0, 11, 10);
        copy(VaultFile.Kind.KEPT, 0, 0, 8);
        copy(VaultFile.Kind.KEPT, 0, 0, 6);
        copy(VaultFile.Kind.PEER, 1, 0, 8);
        copy(VaultFile.Kind.PEER, 1, 0, 6);
        WholeStep step = newest(1, 0);
        assertThat(step.step()).isEqualTo(8);
        assertThat(step.hasCopies()).isTrue();
        assertThat(step.dense().kind()).isEqualTo(VaultFile.Kind.KEPT);
        assertThat(new Findings(all, List.of()).loss(8)).contains("step 11 of 2 ranks is lost: rank 1: no vault");
    }

    @Test
    void copiesAloneLackWhatAllRanksHave() {
        copy(VaultFile.Kind.PEER, 0, 0, 8);
        copy(VaultFile.Kind.PEER, 1, 0, 8);
        assertThat(WholeStep.newest(all, 1, 0)).isEmpty();
    }

    @Test
    void vaultsArePreferredToCopies() {
        copy(VaultFile.Kind.PEER, 1, 0, 8);
        copy(VaultFile.Kind.KEPT, 0, 0, 8);
        left(2, 1, 1, 8).left(2, 0, 0, 8);
        assertThat(newest(1, 0).hasCopies()).isFalse();
    }
}
