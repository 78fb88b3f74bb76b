package io.witan.runtime.train.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.vault.VaultFile;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LeftFilesTest {
    private static VaultFile own(int ranks, int rank, boolean inMemory, long modifiedMs) {
        return new VaultFile(VaultFile.Kind.OWN, ranks, rank, inMemory, 100, modifiedMs);
    }

    private static LeftFiles.Seen onDisk(VaultFile... files) {
        return new LeftFiles.Seen(false, List.of(files));
    }

    private static LeftFiles.Seen inMemory(VaultFile... files) {
        return new LeftFiles.Seen(true, List.of(files));
    }

    @Test
    void vaultsInWhichRanksGoOnAreForNobody() {
        VaultFile zero = own(2, 0, false, 1);
        VaultFile one = own(2, 1, false, 1);
        List<LeftFiles.Seen> seen = List.of(onDisk(zero, one), onDisk(zero, one));
        assertThat(LeftFiles.of(0, seen)).isEmpty();
        assertThat(LeftFiles.of(1, seen)).isEmpty();
    }

    @Test
    void aVaultOfAnotherNumberOfRanksIsForOneThatSeesIt() {
        VaultFile own = own(2, 0, false, 1);
        VaultFile left = own(3, 1, false, 1);
        List<LeftFiles.Seen> both = List.of(onDisk(own, left), onDisk(own, left));
        assertThat(LeftFiles.of(0, both)).isEmpty();
        assertThat(LeftFiles.of(1, both)).containsExactly(left);
        List<LeftFiles.Seen> first = List.of(onDisk(own, left), onDisk());
        assertThat(LeftFiles.of(0, first)).containsExactly(left);
    }

    /** The rank goes on in one of them; the other may have the newer step. */
    @Test
    void aRanksOtherVaultIsLookedInto() {
        VaultFile memory = own(1, 0, true, 1);
        VaultFile disk = own(1, 0, false, 2);
        assertThat(LeftFiles.of(0, List.of(inMemory(memory, disk)))).containsExactly(disk);
        assertThat(LeftFiles.of(0, List.of(onDisk(memory, disk)))).containsExactly(memory);
    }

    /** Ranks have changed places: what another node's rank has is not what this one goes on in. */
    @Test
    void theSameRankOnAnotherNodeIsAnotherVault() {
        VaultFile here = own(2, 1, false, 5);
        VaultFile there = own(2, 1, false, 6);
        List<LeftFiles.Seen> seen = List.of(onDisk(own(2, 0, false, 1), there), onDisk(here));
        assertThat(LeftFiles.of(0, seen)).containsExactly(there);
        assertThat(LeftFiles.of(1, seen)).isEmpty();
    }
}
