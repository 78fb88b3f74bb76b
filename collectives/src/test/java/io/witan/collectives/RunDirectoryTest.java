package io.witan.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
    private static final String DEAD_PID = "4194999";
    private static final String RUN = "00112233445566ff";

    @TempDir
    Path parent;

    @Test
    void shouldBeNamedByProcessAndRun() {
        assertThat(RunDirectory.named(parent, 0x00112233445566ffL))
                .isEqualTo(parent.resolve("witan-" + ProcessHandle.current().pid() + "-" + RUN));
    }

    @Test
    void shouldKeepTheFolderOfARunningOwner() throws IOException {
        RunDirectory own = RunDirectory.create(RunDirectory.named(parent, 1));
        assertThat(own.path()).isDirectory();
        assertThat(RunDirectory.sweep(parent)).isEmpty();
        assertThat(own.path()).isDirectory();
        own.close();
        assertThat(own.path()).doesNotExist();
        own.close();
    }

    @Test
    void shouldSweepFoldersOfDeadOwnersAndNothingElse() throws IOException {
        Path dead = Files.createDirectories(parent.resolve("witan-" + DEAD_PID + "-" + RUN + "/aeron/images"));
        Files.writeString(dead.resolve("1.logbuffer"), "x");
        Files.createFile(parent.resolve("witan-" + DEAD_PID + "-" + RUN + "/owner.lock"));
        Path foreign = Files.createDirectory(parent.resolve("witan-notes"));
        Path file = Files.writeString(parent.resolve("witan-" + DEAD_PID + "-ffffffffffffffff"), "a file");
        assertThat(RunDirectory.sweep(parent)).containsExactly(parent.resolve("witan-" + DEAD_PID + "-" + RUN));
        assertThat(foreign).exists();
        assertThat(file).exists();
        assertThat(dead).doesNotExist();
    }

    @Test
    void shouldDeleteLinksAndNotWhatTheyPointTo() throws IOException {
        Path outside = Files.createDirectory(parent.resolve("outside"));
        Files.writeString(outside.resolve("file"), "x");
        Path dead = Files.createDirectory(parent.resolve("witan-" + DEAD_PID + "-" + RUN));
        Files.createSymbolicLink(dead.resolve("link"), outside);
        Files.createFile(dead.resolve("owner.lock"));
        Path link = Files.createSymbolicLink(parent.resolve("witan-" + DEAD_PID + "-ffffffffffffffff"), outside);
        assertThat(RunDirectory.sweep(parent)).containsExactly(dead);
        assertThat(outside.resolve("file")).exists();
        assertThat(link).isSymbolicLink();
    }

    @Test
    void shouldNotKeepAnOldFolderForAReusedPid() throws IOException {
        keepsForAMinuteOnly(parent.resolve("witan-1-" + RUN));
    }

    @Test
    void shouldNotKeepAnOldFolderOfItsOwnReusedPid() throws IOException {
        keepsForAMinuteOnly(RunDirectory.named(parent, 1));
    }

    @Test
    void shouldGiveAnOwnerThatItCannotSeeTimeToLock() throws IOException {
        keepsForAMinuteOnly(parent.resolve("witan-" + DEAD_PID + "-" + RUN));
    }

    private void keepsForAMinuteOnly(Path folder) throws IOException {
        Files.createDirectory(folder);
        assertThat(RunDirectory.leftovers(parent)).isEmpty();
        Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minusSeconds(3600)));
        assertThat(RunDirectory.leftovers(parent)).containsExactly(folder);
    }

    @Test
    void shouldRefuseAFolderThatIsThereOrHasNoParent() throws IOException {
        Path there = Files.createDirectory(RunDirectory.named(parent, 1));
        Path file = Files.writeString(there.resolve("file"), "x");
        assertThatThrownBy(() -> RunDirectory.create(there)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(file).exists();
        Path missing = parent.resolve("missing");
        assertThatThrownBy(() -> RunDirectory.create(RunDirectory.named(missing, 1)))
                .isInstanceOf(NoSuchFileException.class);
        assertThat(RunDirectory.leftovers(missing)).isEmpty();
    }
}
