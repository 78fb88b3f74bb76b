package io.witan.launcher.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedMemoryTest {
    private static final String DEAD_PID = "4194999";
    private static final String RUN = "00112233445566ff";

    @TempDir
    Path parent;

    @Test
    void aRunningOwnersFolderIsNoLeftover() {
        SharedMemory memory = SharedMemory.create(parent, RUN);
        assertThat(memory.folder()).isDirectory();
        assertThat(SharedMemory.sweep(parent)).isEmpty();
        assertThat(memory.folder()).isDirectory();
        memory.close();
        assertThat(memory.folder()).doesNotExist();
        memory.close();
    }

    @Test
    void deadOwnersFoldersAreSweptAndNothingElse() throws IOException {
        Path dead = Files.createDirectories(parent.resolve("witan-" + DEAD_PID + "-" + RUN + "/aeron/images"));
        Files.writeString(dead.resolve("1.logbuffer"), "x");
        Path foreign = Files.createDirectory(parent.resolve("witan-notes"));
        Path file = Files.writeString(parent.resolve("witan-" + DEAD_PID + "-ffffffffffffffff"), "a file");
        assertThat(SharedMemory.sweep(parent)).containsExactly(parent.resolve("witan-" + DEAD_PID + "-" + RUN));
        assertThat(foreign).exists();
        assertThat(file).exists();
        assertThat(dead).doesNotExist();
    }

    @Test
    void aReusedPidDoesNotKeepAnOldFolder() throws IOException {
        Path old = Files.createDirectory(parent.resolve("witan-1-" + RUN));
        assertThat(SharedMemory.leftovers(parent)).isEmpty();
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(3600)));
        assertThat(SharedMemory.leftovers(parent)).containsExactly(old);
    }

    @Test
    void anUnusableParentIsOneClearLine() {
        Path missing = parent.resolve("missing");
        assertThat(SharedMemory.leftovers(missing)).isEmpty();
        assertThatThrownBy(() -> SharedMemory.create(missing, RUN))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining("WITAN_SHM_DIR");
    }
}
