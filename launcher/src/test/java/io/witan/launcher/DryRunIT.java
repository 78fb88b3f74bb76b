package io.witan.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run would do, and which lines of it are shown. */
final class DryRunIT {
    @TempDir
    Path folder;

    private LauncherProcess train(String... more) throws IOException {
        String[] words = new String[more.length + 1];
        words[0] = "train";
        System.arraycopy(more, 0, words, 1, more.length);
        return LauncherProcess.start(folder, words);
    }

    @Test
    void nodesCommandsAndEndpointsAreShownAndNothingIsWritten() throws Exception {
        Files.writeString(
                folder.resolve("c.yaml"),
                """
                nodes:
                  - {name: a, address: 127.0.0.1, ranks: 2}
                  - {name: b, address: no-such-host.invalid, command: [ssh, b], home: "/opt/it's"}
                """);
        try (LauncherProcess run = train("--cluster", "c.yaml", "--out", "o", "--recipe", "stubborn", "--dry-run")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.err()).isEmpty();
            assertThat(run.out())
                    .contains(
                            "dry run: recipe stubborn, 3 ranks on 2 nodes, output would go to o",
                            "node a, 127.0.0.1: ranks 0 to 1",
                            "  agent: in this process",
                            "  endpoints: UDP 127.0.0.1:40500, 127.0.0.1:40501",
                            "node b, no-such-host.invalid (a name that is not known here): rank 2",
                            "nothing was started or written")
                    .anyMatch(line -> line.matches("  shared memory: 0.1 MB needed, [0-9.]+ MB free in .*/shm"))
                    .anyMatch(line -> line.contains("ssh b '") && line.endsWith(" 'agent'"));
        }
        assertThat(folder.resolve("o")).doesNotExist();
        assertThat(folder.resolve("shm")).isEmptyDirectory();
    }

    @Test
    void aDryRunRefusesWhatARunRefuses() throws Exception {
        try (LauncherProcess run = train("--recipe", "unplannable", "--dry-run")) {
            assertThat(run.exitCode()).isEqualTo(5);
        }
    }

    @Test
    void onlyTheChosenRanksAreShownAndAllAreLogged() throws Exception {
        try (LauncherProcess run = train("--ranks=3", "--recipe=chatty", "--out=o", "--only-ranks=0,2")) {
            assertThat(run.exitCode()).as("%s", run.err()).isZero();
            assertThat(run.out())
                    .anyMatch(line -> line.startsWith("local:0: "))
                    .anyMatch(line -> line.startsWith("local:2: "))
                    .noneMatch(line -> line.startsWith("local:1: "));
        }
        assertThat(folder.resolve("o/logs/rank-1.log")).content().contains("rank 1 line 0");
    }

    @Test
    void ranksThatThereAreNotAreRefused() throws Exception {
        try (LauncherProcess run = train("--ranks=2", "--only-ranks=0,2")) {
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err())
                    .singleElement()
                    .asString()
                    .contains("--only-ranks: the last rank", "from 0 to 1, got 2");
        }
        try (LauncherProcess run = train("--only-ranks=all")) {
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.err()).singleElement().asString().contains("--only-ranks must be rank numbers");
        }
    }
}
