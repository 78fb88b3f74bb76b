package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpertVaultTest {
    private static final int RANK = VaultChild.RANK;
    private static final List<ExpertVault.Entry> ENTRIES = VaultChild.entries();

    @TempDir
    private Path folder;

    private void commitSteps(long first, long last) {
        try (ExpertVault vault = Files.exists(folder.resolve("rank-0003.state"))
                ? ExpertVault.open(folder, RANK)
                : ExpertVault.create(folder, RANK, ENTRIES)) {
            for (long step = first; step <= last; step++) {
                int slot = (int) (step % 2);
                VaultChild.fill(vault, step, slot);
                vault.commit(step, slot, VaultChild.engineState(step));
            }
        }
    }

    private List<Long> recoveredSteps() {
        try (ExpertVault vault = ExpertVault.open(folder, RANK, ENTRIES)) {
            for (ExpertVault.RecoveredStep step : vault.recovered()) {
                assertThat(VaultChild.isFilled(vault, step.step(), step.slot())).isTrue();
                assertThat(step.engineState()).isEqualTo(VaultChild.engineState(step.step()));
            }
            return vault.recovered().stream()
                    .map(ExpertVault.RecoveredStep::step)
                    .toList();
        }
    }

    private static void refused(VaultException.Reason reason, Runnable action, String... parts) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        VaultException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aNewVaultIsZeroAlignedAndHasNoStep() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES)) {
            for (ExpertVault.Entry entry : ENTRIES) {
                for (int slot = 0; slot < 2; slot++) {
                    MemorySegment segment = vault.segment(entry.key(), slot);
                    assertThat(segment.byteSize()).isEqualTo(entry.bytes());
                    assertThat(segment.address() % 64).isZero();
                    assertThat(segment.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
                }
            }
            assertThat(vault.recovered()).isEmpty();
            assertThat(vault.report())
                    .isEqualTo("vault of rank 3: no complete step (slot 0: no commit; slot 1: no commit)");
        }
        assertThat(recoveredSteps()).isEmpty();
    }

    @Test
    void checksumsThatAreToldAreTakenOnce() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES)) {
            VaultChild.fill(vault, 1, 1);
            VaultChild.tell(vault, 1);
            vault.commit(1, 1, VaultChild.engineState(1));
            VaultChild.fill(vault, 2, 0);
            VaultChild.tell(vault, 0);
            vault.commit(2, 0, VaultChild.engineState(2));
            VaultChild.fill(vault, 3, 1);
            vault.commit(3, 1, VaultChild.engineState(3));
        }
        assertThat(recoveredSteps()).containsExactly(3L, 2L);
    }

    @Test
    void otherFormatsAreNamed() throws IOException {
        commitSteps(1, 2);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("rank-0003.state").toFile(), "rw")) {
            file.seek(Long.BYTES);
            file.writeInt(Integer.reverseBytes(1));
        }
        refused(
                VaultException.Reason.GEOMETRY,
                () -> ExpertVault.open(folder, RANK),
                "rank-0003.state: vault format: supported is 2, found 1");
    }

    @Test
    void checksumsOfTheOtherSlotAreNotTaken() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES)) {
            VaultChild.fill(vault, 1, 1);
            VaultChild.fill(vault, 2, 0);
            VaultChild.tell(vault, 0);
            vault.commit(1, 1, VaultChild.engineState(1));
            vault.commit(2, 0, VaultChild.engineState(2));
        }
        assertThat(recoveredSteps()).containsExactly(2L, 1L);
    }

    @Test
    void whatChangesBetweenItsChecksumAndTheCommitIsFound() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES)) {
            VaultChild.fill(vault, 1, 1);
            VaultChild.tell(vault, 1);
            MemorySegment changed = vault.segment(ENTRIES.getFirst().key(), 1);
            changed.set(ValueLayout.JAVA_BYTE, 0, (byte) (changed.get(ValueLayout.JAVA_BYTE, 0) + 1));
            vault.commit(1, 1, VaultChild.engineState(1));
        }
        assertThat(recoveredSteps()).isEmpty();
    }

    @Test
    void slotsDoNotOverlap() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES)) {
            VaultChild.fill(vault, 1, 0);
            VaultChild.fill(vault, 2, 1);
            assertThat(VaultChild.isFilled(vault, 1, 0)).isTrue();
            assertThat(VaultChild.isFilled(vault, 2, 1)).isTrue();
        }
    }

    @Test
    void bothLastStepsComeBackNewestFirst() {
        commitSteps(0, 6);
        assertThat(recoveredSteps()).containsExactly(6L, 5L);
        commitSteps(7, 7);
        assertThat(recoveredSteps()).containsExactly(7L, 6L);
    }

    @Test
    void aSlotThatIsBeingWrittenGivesWayToTheOther() {
        commitSteps(0, 6);
        try (ExpertVault vault = ExpertVault.open(folder, RANK)) {
            VaultChild.fill(vault, 7, 1);
        }
        assertThat(recoveredSteps()).containsExactly(6L);
        try (ExpertVault vault = ExpertVault.open(folder, RANK)) {
            assertThat(vault.report())
                    .contains("newest complete step 6", "slot 0: step 6", "changed after step 5: checksum expected");
        }
    }

    @Test
    void everyFlippedBitOfAnEntryIsFound() {
        commitSteps(0, 1);
        Random random = new Random(1);
        for (int i = 0; i < 20; i++) {
            try (ExpertVault vault = ExpertVault.open(folder, RANK)) {
                assertThat(vault.recovered()).hasSize(2);
                flip(vault, random, 1);
            }
            assertThat(recoveredSteps()).containsExactly(0L);
            commitSteps(1, 1);
        }
    }

    private static void flip(ExpertVault vault, Random random, int slot) {
        ExpertVault.Entry entry = ENTRIES.get(random.nextInt(ENTRIES.size()));
        MemorySegment segment = vault.segment(entry.key(), slot);
        long at = random.nextLong(segment.byteSize());
        byte old = segment.get(ValueLayout.JAVA_BYTE, at);
        segment.set(ValueLayout.JAVA_BYTE, at, (byte) (old ^ (1 << random.nextInt(8))));
    }

    @Test
    void damagedEngineStateIsFound() throws IOException {
        commitSteps(0, 1);
        byte[] engineState = VaultChild.engineState(1);
        Path state = folder.resolve("rank-0003.state");
        byte[] bytes = Files.readAllBytes(state);
        int at = indexOf(bytes, engineState);
        bytes[at] ^= 1;
        Files.write(state, bytes);
        assertThat(recoveredSteps()).containsExactly(0L);
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int at = 0; ; at++) {
            if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
                return at;
            }
        }
    }

    @Test
    void damagedDirectoriesNeverGiveAWrongStep() throws IOException {
        commitSteps(0, 6);
        Path directory = folder.resolve("rank-0003.directory");
        byte[] good = Files.readAllBytes(directory);
        byte[] seal = Files.readAllBytes(folder.resolve("rank-0003.directory.seal"));
        Random random = new Random(2);
        for (int i = 0; i < 60; i++) {
            byte[] bad = good.clone();
            for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(directory, bad);
            Files.write(folder.resolve("rank-0003.directory.seal"), seal);
            assertThat(recoveredSteps()).isSubsetOf(6L, 5L);
        }
        Files.write(directory, Arrays.copyOf(good, good.length / 2));
        assertThat(recoveredSteps()).isEmpty();
        Files.delete(directory);
        assertThat(recoveredSteps()).isEmpty();
        commitSteps(8, 9);
        assertThat(recoveredSteps()).containsExactly(9L, 8L);
    }

    @Test
    void anUnsealedDirectoryIsRecovered() throws IOException {
        commitSteps(0, 6);
        Files.delete(folder.resolve("rank-0003.directory.seal"));
        assertThat(recoveredSteps()).containsExactly(6L, 5L);
    }

    @Test
    void aDirectoryOfAnEarlierMomentIsNotBelieved() throws IOException {
        commitSteps(0, 4);
        Path directory = folder.resolve("rank-0003.directory");
        Path old = Files.copy(directory, folder.resolve("old"));
        commitSteps(5, 6);
        Files.copy(old, directory, StandardCopyOption.REPLACE_EXISTING);
        assertThat(recoveredSteps()).isEmpty();
    }

    @Test
    void otherGeometryIsAnError() {
        commitSteps(0, 1);
        List<ExpertVault.Entry> fewer = ENTRIES.subList(0, ENTRIES.size() - 1);
        refused(
                VaultException.Reason.GEOMETRY,
                () -> ExpertVault.open(folder, RANK, fewer),
                "rank-0003.state: entry 71: expected nothing, found Entry[key=layers.0.experts.23.exp_avg_sq");
        List<ExpertVault.Entry> longer = new ArrayList<>(ENTRIES);
        longer.set(1, new ExpertVault.Entry(ENTRIES.get(1).key(), 9999));
        refused(VaultException.Reason.GEOMETRY, () -> ExpertVault.open(folder, RANK, longer), "entry 1: expected");
        assertThat(recoveredSteps()).hasSize(2);
    }

    @Test
    void damagedStateFilesAreRefused() throws IOException {
        commitSteps(0, 1);
        Path state = folder.resolve("rank-0003.state");
        byte[] good = Files.readAllBytes(state);
        Files.copy(state, folder.resolve("rank-0004.state"));
        refused(VaultException.Reason.GEOMETRY, () -> ExpertVault.open(folder, 4), "rank: expected 4, found 3");

        Files.write(state, Arrays.copyOf(good, good.length - 1));
        refused(VaultException.Reason.CORRUPT, () -> ExpertVault.open(folder, RANK), "length in bytes: expected");
        Files.write(state, new byte[0]);
        refused(VaultException.Reason.CORRUPT, () -> ExpertVault.open(folder, RANK), "is not a finished vault");
        Files.write(state, new byte[good.length]);
        refused(VaultException.Reason.CORRUPT, () -> ExpertVault.open(folder, RANK), "is not a finished vault");
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            byte[] bad = good.clone();
            int at = random.nextInt(2500);
            bad[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(state, bad);
            assertThatThrownBy(() -> ExpertVault.open(folder, RANK).close())
                    .as("byte " + at)
                    .isInstanceOf(VaultException.class);
        }
        Files.delete(state);
        refused(VaultException.Reason.ABSENT, () -> ExpertVault.open(folder, RANK), "rank-0003.state: no vault");
    }

    @Test
    void oneHolderAtATime() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES)) {
            assertThat(vault.entries()).isEqualTo(ENTRIES);
            refused(
                    VaultException.Reason.IN_USE,
                    () -> ExpertVault.open(folder, RANK, Duration.ZERO),
                    "rank-0003.lock: is held by another process");
            ExpertVault.create(folder, 4, ENTRIES).close();
        }
        ExpertVault.open(folder, RANK, Duration.ZERO).close();
    }

    @Test
    void spaceAndFoldersAreCheckedAtCreation() throws IOException {
        List<ExpertVault.Entry> huge = List.of(new ExpertVault.Entry("w", 1L << 50));
        refused(
                VaultException.Reason.SPACE,
                () -> ExpertVault.create(folder, RANK, huge),
                "not enough space: needed 225",
                "usable ");
        assertThat(folder.resolve("rank-0003.state")).doesNotExist();
        Path file = Files.createFile(folder.resolve("file"));
        refused(VaultException.Reason.IO, () -> ExpertVault.create(file, RANK, ENTRIES), "file: cannot create");
        refused(
                VaultException.Reason.IO,
                () -> ExpertVault.create(Path.of("/proc/witan"), RANK, ENTRIES),
                "/proc/witan: cannot create");
        refused(
                VaultException.Reason.SPACE,
                () -> DiskSpace.fillWithZeros(Path.of("/dev/full"), 100),
                "/dev/full: cannot take 100 bytes: No space left on device");
    }

    @Test
    void createTakesTheBlocksForReal() throws IOException {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES, 8 << 20)) {
            Path state = folder.resolve("rank-0003.state");
            assertThat(Files.size(state)).isEqualTo(vault.mappedBytes());
        }
        Path sparse = folder.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(10 << 20);
            file.seek(5 << 20);
            file.write(42);
        }
        byte[] before = Files.readAllBytes(sparse);
        DiskSpace.fillHoles(sparse);
        assertThat(Files.readAllBytes(sparse)).isEqualTo(before);
    }

    @Test
    void misuseIsAnError() {
        try (ExpertVault vault = ExpertVault.create(folder, RANK, ENTRIES, 10)) {
            byte[] none = {};
            assertThatThrownBy(() -> vault.segment("nothing", 0)).hasMessage("vault: no entry nothing");
            assertThatThrownBy(() -> vault.segment(ENTRIES.get(0).key(), 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> vault.commit(-1, 0, none)).hasMessageContaining("step -1");
            assertThatThrownBy(() -> vault.commit(1, 0, new byte[11])).hasMessageContaining("at most 10 bytes");
            vault.commit(1, 0, none);
            vault.commit(1, 0, none);
            assertThatThrownBy(() -> vault.commit(2, 0, none))
                    .hasMessageContaining("slot 0 holds the last committed step 1");
            vault.commit(2, 1, none);
        }
        ExpertVault.Entry w = new ExpertVault.Entry("w", 1);
        assertThatThrownBy(() -> ExpertVault.create(folder, 9, List.of(w, w))).hasMessageContaining("given twice");
        assertThatThrownBy(() -> ExpertVault.create(folder, 9, List.of())).hasMessageContaining("some entries");
        assertThatThrownBy(() -> new ExpertVault.Entry("", 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void emptyEntriesAndLongKeysWork() {
        List<ExpertVault.Entry> entries =
                List.of(new ExpertVault.Entry("k".repeat(512), 0), new ExpertVault.Entry("\u00e9", 1));
        try (ExpertVault vault = ExpertVault.create(folder, 0, entries)) {
            vault.commit(1, 0, new byte[3]);
            vault.commit(2, 1, new byte[4]);
        }
        try (ExpertVault vault = ExpertVault.open(folder, 0, entries)) {
            assertThat(vault.recovered())
                    .extracting(ExpertVault.RecoveredStep::step)
                    .containsExactly(2L, 1L);
        }
    }
}
