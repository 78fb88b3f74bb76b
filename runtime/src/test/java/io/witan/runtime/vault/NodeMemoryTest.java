package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vaults in the memory of a node, as far as it may be taken, and what becomes of them when a run does not end. */
final class NodeMemoryTest {
    private static final List<ExpertVault.Entry> ENTRIES = List.of(new ExpertVault.Entry("w", 1 << 16));
    private static final long BYTES = ExpertVault.bytes(ENTRIES);
    private static final int RANKS = 2;

    @TempDir
    Path folder;

    private Path shm;
    private Path run;

    @BeforeEach
    void makeFolders() throws IOException {
        shm = Files.createDirectory(folder.resolve("shm"));
        run = Files.createDirectory(folder.resolve("run"));
    }

    private NodeMemory memory(long bytes) {
        return NodeMemory.of(shm, "00ff", run, bytes);
    }

    private VaultFolder vaults(long bytes) {
        return new VaultFolder(run.resolve("vault"), Optional.of(memory(bytes)));
    }

    private static Path own(VaultFolder vaults, int rank) {
        return vaults.own(RANKS, rank, BYTES);
    }

    private static ExpertVault create(VaultFolder vaults, int rank) {
        return ExpertVault.create(own(vaults, rank), rank, ENTRIES);
    }

    @Test
    void aVaultIsMadeInMemoryIfItMayTakeAsMuch() {
        assertThat(own(vaults(BYTES - 1), 0)).isEqualTo(run.resolve("vault/of-0002"));
        assertThat(shm).as("nothing is made for nothing").isEmptyDirectory();
        assertThat(own(vaults(BYTES), 0)).isEqualTo(shm.resolve("witan-vault-00ff/of-0002"));
        assertThat(own(new VaultFolder(run.resolve("vault")), 0)).isEqualTo(run.resolve("vault/of-0002"));
    }

    @Test
    void aVaultTakesNoMoreThanItIsSaidTo() throws IOException {
        create(vaults(BYTES), 0).close();
        long taken = 0;
        for (LeftMemory left : LeftMemory.in(shm)) {
            taken += left.bytes();
        }
        assertThat(taken).isBetween(2L << 16, BYTES);
    }

    @Test
    void moreThanThereIsIsNotTaken() {
        assertThat(vaults(Long.MAX_VALUE).own(RANKS, 0, Long.MAX_VALUE)).isEqualTo(run.resolve("vault/of-0002"));
    }

    @Test
    void aVaultStaysWhereItIs() {
        create(vaults(BYTES), 0).close();
        create(vaults(1), 1).close();
        assertThat(own(vaults(1), 0)).isEqualTo(shm.resolve("witan-vault-00ff/of-0002"));
        assertThat(own(vaults(BYTES), 1)).isEqualTo(run.resolve("vault/of-0002"));
        assertThat(run.resolve("vault/memory")).isSymbolicLink();
        assertThat(vaults(BYTES).files())
                .extracting(VaultFile::rank, VaultFile::inMemory)
                .containsExactly(tuple(0, true), tuple(1, false));
        for (VaultFile file : vaults(BYTES).files()) {
            ExpertVault.open(vaults(BYTES).of(file), file.rank(), ENTRIES).close();
        }
    }

    /** As in a run on several nodes that goes on from one on a single node. */
    @Test
    void whereNoneMayBeInMemoryThoseThereAreRead() {
        create(vaults(BYTES), 0).close();
        VaultFolder reading =
                new VaultFolder(run.resolve("vault"), Optional.of(memory(BYTES).toRead()));
        assertThat(reading.goesOnInMemory(RANKS, 0)).isFalse();
        assertThat(own(reading, 0)).isEqualTo(run.resolve("vault/of-0002"));
        assertThat(reading.files()).extracting(VaultFile::inMemory).containsExactly(true);
        create(reading, 0).close();
        assertThat(reading.files()).extracting(VaultFile::inMemory).containsExactly(false, true);
    }

    /** An equal path is not the only way to it. */
    @Test
    void aRunThatIsReachedThroughALinkIsTheSame() throws IOException {
        create(vaults(BYTES), 0).close();
        Path link = Files.createSymbolicLink(folder.resolve("link"), run);
        assertThat(NodeMemory.of(shm, "00ff", link, BYTES).isOfRun()).isTrue();
    }

    /** Two runs would write to one vault, and the copy would go on from what the first did after it was copied. */
    @Test
    void aCopyOfARunIsAnotherRun() throws IOException {
        create(vaults(BYTES), 0).close();
        assertThat(memory(BYTES).isOfRun()).isTrue();
        Path copy = Files.createDirectory(folder.resolve("copy"));
        assertThat(NodeMemory.of(shm, "00ff", copy, BYTES).isOfRun()).isFalse();
        assertThat(NodeMemory.of(shm, "ff00", copy, BYTES).isOfRun()).isTrue();
        Files.delete(run.resolve("vault/memory"));
        Files.delete(run.resolve("vault"));
        Files.delete(run);
        assertThat(NodeMemory.of(shm, "00ff", copy, BYTES).isOfRun())
                .as("it was moved")
                .isTrue();
    }

    @Test
    void memoryThatIsLostIsKnown() throws IOException {
        assertThat(vaults(BYTES).lostMemory()).isEmpty();
        create(vaults(BYTES), 0).close();
        assertThat(vaults(BYTES).lostMemory()).isEmpty();
        Files.move(shm, folder.resolve("elsewhere"));
        assertThat(vaults(BYTES).lostMemory()).contains(shm.resolve("witan-vault-00ff"));
        assertThat(new VaultFolder(run.resolve("vault")).lostMemory())
                .as("no memory is looked for")
                .isEmpty();
    }

    @Test
    void memoryThatOthersMayEnterIsNotTheRuns() throws IOException {
        assertThat(memory(BYTES).isOfRun()).as("it is to be made").isTrue();
        create(vaults(BYTES), 0).close();
        Files.setPosixFilePermissions(shm.resolve("witan-vault-00ff"), PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(memory(BYTES).isOfRun()).isFalse();
    }

    /** As ranks of a node begin and end. */
    @Test
    void ranksMakeAndRemoveItAtOnce() throws Exception {
        try (ExecutorService ranks = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 20; round++) {
                List<Callable<Void>> begin = new ArrayList<>();
                List<Callable<Void>> end = new ArrayList<>();
                for (int rank = 0; rank < 4; rank++) {
                    int own = rank;
                    begin.add(() -> {
                        ExpertVault.create(vaults(BYTES).own(4, own, BYTES), own, ENTRIES)
                                .close();
                        return null;
                    });
                    end.add(() -> {
                        vaults(BYTES).delete(VaultFile.Kind.OWN, 4, own);
                        return null;
                    });
                }
                for (Future<Void> done : ranks.invokeAll(begin)) {
                    done.get();
                }
                assertThat(vaults(BYTES).files())
                        .extracting(VaultFile::inMemory)
                        .containsExactly(true, true, true, true);
                for (Future<Void> done : ranks.invokeAll(end)) {
                    done.get();
                }
                assertThat(shm).isEmptyDirectory();
                assertThat(run).isEmptyDirectory();
            }
        }
    }

    @Test
    void theLastVaultThatIsDeletedTakesTheFoldersAlong() {
        create(vaults(BYTES), 0).close();
        create(vaults(BYTES), 1).close();
        create(vaults(1), 2).close();
        vaults(BYTES).freeMemory(RANKS, 0);
        assertThat(vaults(BYTES).files()).extracting(VaultFile::rank).containsExactly(1, 2);
        vaults(BYTES).delete(VaultFile.Kind.OWN, RANKS, 1);
        assertThat(shm).isEmptyDirectory();
        assertThat(run.resolve("vault/memory")).doesNotExist();
        vaults(BYTES).files().forEach(vaults(BYTES)::delete);
        assertThat(run).isEmptyDirectory();
    }

    @Test
    void othersCannotReadIt() throws IOException {
        create(vaults(BYTES), 0).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shm.resolve("witan-vault-00ff"))))
                .isEqualTo("rwx------");
    }

    @Test
    void whatNoProcessHasOpenIsLeft() {
        assertThat(LeftMemory.in(shm)).isEmpty();
        assertThat(LeftMemory.in(folder.resolve("nowhere"))).isEmpty();
        try (ExpertVault vault = create(vaults(BYTES), 0)) {
            assertThat(vault.recovered()).isEmpty();
            assertThat(LeftMemory.in(shm)).isEmpty();
        }
        assertThat(LeftMemory.in(shm)).singleElement().satisfies(left -> {
            assertThat(left.run()).isEqualTo(run);
            assertThat(left.folder()).isEqualTo(shm.resolve("witan-vault-00ff"));
        });
    }

    @Test
    void aRunThatIsMissedForLongIsGivenUp() throws IOException {
        create(vaults(BYTES), 0).close();
        LeftMemory left = LeftMemory.in(shm).getFirst();
        assertThat(left.isMissedSince(Instant.MAX, Files.exists(run)))
                .as("it is there")
                .isFalse();
        Files.move(run, folder.resolve("away"));
        assertThat(left.isMissedSince(Instant.now().minus(Duration.ofHours(1)), Files.exists(run)))
                .isFalse();
        Path note = left.folder().resolve("missed");
        Files.setLastModifiedTime(note, FileTime.from(Instant.now().minus(Duration.ofMinutes(61))));
        assertThat(left.isMissedSince(Instant.now().minus(Duration.ofHours(1)), Files.exists(run)))
                .isTrue();
        Files.move(folder.resolve("away"), run);
        assertThat(left.isMissedSince(Instant.MAX, Files.exists(run)))
                .as("it is back")
                .isFalse();
        assertThat(note).doesNotExist();
        try (ExpertVault open = ExpertVault.open(own(vaults(BYTES), 0), 0)) {
            assertThat(left.remove()).as("it is used again").isFalse();
            assertThat(open.entries()).isEqualTo(ENTRIES);
        }
        assertThat(left.remove()).isTrue();
        assertThat(shm).isEmptyDirectory();
    }

    @Test
    void aRunThatWasMovedFindsItsVault() throws IOException {
        create(vaults(BYTES), 0).close();
        run = Files.move(run, folder.resolve("moved"));
        LeftMemory.in(shm).getFirst().isMissedSince(Instant.now(), false);
        assertThat(own(vaults(BYTES), 0)).isEqualTo(shm.resolve("witan-vault-00ff/of-0002"));
        assertThat(LeftMemory.in(shm)).extracting(LeftMemory::run).containsExactly(run);
        assertThat(shm.resolve("witan-vault-00ff/missed")).doesNotExist();
        vaults(BYTES).delete(VaultFile.Kind.OWN, RANKS, 0);
        assertThat(shm).isEmptyDirectory();
    }
}
