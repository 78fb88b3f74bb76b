package io.witan.launcher.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.collectives.RunDirectory;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SharedMemoryTest {
    private static final String RUN = "80112233445566ff";

    @TempDir
    Path parent;

    @Test
    void aRunsFolderIsNamedByProcessAndRun() {
        try (RunDirectory memory = SharedMemory.create(parent, RUN)) {
            assertThat(memory.path())
                    .isEqualTo(parent.resolve("witan-" + ProcessHandle.current().pid() + "-" + RUN))
                    .isDirectory();
            assertThat(RunDirectory.leftovers(parent)).isEmpty();
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void anUnusableParentIsOneClearLine() {
        Path missing = parent.resolve("missing");
        assertThatThrownBy(() -> SharedMemory.create(missing, RUN))
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(ExitCode.ENVIRONMENT))
                .hasMessageContaining("WITAN_SHM_DIR");
    }
}
