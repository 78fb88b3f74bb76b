package io.witan.launcher.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.LeftMemory;
import io.witan.runtime.vault.NodeMemory;
import io.witan.runtime.vault.VaultFolder;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LeftVaultsTest {
    private static final List<ExpertVault.Entry> ENTRIES = List.of(new ExpertVault.Entry("w", 64));
    private static final String ID = "00000000000000ff";

    @TempDir
    Path folder;

    private Path shm;
    private Path run;
    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void leaveAVault() throws IOException {
        shm = Files.createDirectory(folder.resolve("shm"));
        run = begin("run", ID);
        NodeMemory memory = NodeMemory.of(shm, ID, run, Long.MAX_VALUE);
        Path own = new VaultFolder(run.resolve("vault"), Optional.of(memory)).own(1, 0, 1);
        ExpertVault.create(own, 0, ENTRIES).close();
    }

    /** A folder in which a run was started. */
    private Path begin(String name, String id) throws IOException {
        Path out = folder.resolve(name);
        try (OutputFolder claimed = OutputFolder.named(out)) {
            claimed.record(
                    "tiny",
                    new RunRecord.Start("1", id, "2026-11-28T00:00:00Z", List.of(), "", 1, List.of(), "", "25"));
        }
        return out;
    }

    private List<String> free(Path beginning) {
        lines.clear();
        LeftVaults.free(shm, beginning, lines::add);
        return lines;
    }

    @Test
    void anotherRunIsToldWhatThisOneHolds() throws IOException {
        Path memory = shm.resolve("witan-vault-" + ID);
        assertThat(free(begin("other", "01")))
                .singleElement()
                .asString()
                .matches("[0-9.]+ MB of memory hold the last steps of " + run
                        + ", which did not end: --resume it, or remove " + memory);
        assertThat(memory).isDirectory();
    }

    @Test
    void theRunItselfIsNotToldAndNothingIsFreed() throws IOException {
        assertThat(free(run)).isEmpty();
        Path moved = Files.move(run, folder.resolve("moved"));
        assertThat(free(moved)).isEmpty();
        assertThat(LeftMemory.in(shm)).hasSize(1);
    }

    @Test
    void aRunWhoseLauncherLivesIsNotLeft() throws IOException {
        Path other = begin("other", "01");
        try (OutputFolder held = OutputFolder.resumed(run)) {
            assertThat(held.path()).isEqualTo(run);
            assertThat(free(other)).isEmpty();
        }
    }

    /** It may have been moved, and go on. */
    @Test
    void whatBelongsToARunWhosePlaceAnotherHasTakenIsFreedAfterADay() throws IOException {
        Files.delete(run.resolve("run.json"));
        begin("again", "02");
        Files.move(folder.resolve("again/run.json"), run.resolve("run.json"));
        assertThat(free(run)).singleElement().asString().contains("did not end");
        Path note = shm.resolve("witan-vault-" + ID + "/missed");
        Files.setLastModifiedTime(note, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        assertThat(free(run)).singleElement().asString().contains("of memory of a run that is no more");
        assertThat(shm).isEmptyDirectory();
    }

    @Test
    void whatBelongsToARunThatIsMissedForADayIsFreed() throws IOException {
        Path other = begin("other", "01");
        Files.move(run, folder.resolve("away"));
        assertThat(free(other)).singleElement().asString().contains("did not end");
        Path note = shm.resolve("witan-vault-" + ID + "/missed");
        Files.setLastModifiedTime(note, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        assertThat(free(other)).singleElement().asString().startsWith("removed ");
        assertThat(shm).isEmptyDirectory();
    }

    @Test
    void aRunFindsItsOwnMemoryOnly() throws IOException {
        assertThat(VaultPlace.of(run, shm)).map(NodeMemory::folder).contains(shm.resolve("witan-vault-" + ID));
        assertThat(VaultPlace.of(folder, shm)).as("no run").isEmpty();
        Path copy = begin("copy", ID);
        assertThat(VaultPlace.of(copy, shm)).isEmpty();
    }

    @Test
    void aRanksPartIsAQuarterOfWhatIsFree() {
        assertThat(VaultPlace.of(run, Topology.of(2), 100, 1000))
                .map(NodeMemory::bytes)
                .contains(50L);
        assertThat(VaultPlace.of(run, Topology.of(2), 1000, 1000))
                .map(NodeMemory::bytes)
                .contains(125L);
        assertThat(VaultPlace.of(run, Topology.of(1, 1), 1000, 1000))
                .map(NodeMemory::readOnly)
                .contains(true);
    }
}
