package io.witan.launcher.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.supervise.RankState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StatusFileTest {
    @TempDir
    Path folder;

    private RunStatus read() {
        return OutputFolder.readJson(folder, OutputFolder.STATUS, RunStatus.class)
                .orElseThrow();
    }

    private List<String> states() {
        return read().ranks().stream()
                .map(rank -> rank.state() + " " + rank.processes())
                .toList();
    }

    @Test
    void itTellsHowARunGoesOnAfterALossAndEnds() {
        try (OutputFolder output = OutputFolder.named(folder)) {
            StatusFile status = new StatusFile(output, 3, 2, "/m.jsonl");
            assertThat(states()).containsOnly("starting 0").hasSize(3);
            for (int rank = 0; rank < 3; rank++) {
                status.started(rank);
            }
            assertThat(states()).containsOnly("alive 1");
            status.changed(1, RankState.LOST);
            status.changed(0, RankState.WAITING);
            assertThat(states()).containsExactly("waiting 1", "lost 1", "alive 1");
            status.restarted(1);
            assertThat(states()).containsExactly("alive 1", "lost 1", "alive 1");
            status.started(1);
            assertThat(states()).containsExactly("alive 1", "alive 2", "alive 1");
            assertThat(read().restarts()).isEqualTo(1);
            assertThat(read().exitCode()).isNull();
            status.changed(0, RankState.ENDED);
            status.changed(2, RankState.FAILED);
            status.ended(5);
            assertThat(states()).containsExactly("ended 1", "alive 2", "failed 1");
            assertThat(read().exitCode()).isEqualTo(5);
            assertThat(read().maxRestarts()).isEqualTo(2);
            assertThat(read().metrics()).isEqualTo("/m.jsonl");
        }
    }

    @Test
    void ranksThatAreLeftBehindAreForgotten() {
        try (OutputFolder output = OutputFolder.named(folder)) {
            StatusFile status = new StatusFile(output, 4, 2, "m");
            for (int rank = 0; rank < 4; rank++) {
                status.started(rank);
            }
            status.changed(1, RankState.LOST);
            status.changed(2, RankState.LOST);
            status.changed(3, RankState.WAITING);
            status.leftBehind(1, 2);
            assertThat(states()).containsExactly("alive 1", "waiting 1");
            status.restarted(1);
            assertThat(states()).containsExactly("alive 1", "alive 1");
        }
    }

    /** A run does not end because its status cannot be written. */
    @Test
    void aFullDiskDoesNoHarm() throws IOException {
        try (OutputFolder output = OutputFolder.named(folder)) {
            StatusFile status = new StatusFile(output, 1, 0, "m");
            Files.createDirectory(folder.resolve("." + OutputFolder.STATUS + ".new"));
            status.started(0);
            assertThat(states()).containsExactly("starting 0");
            Files.delete(folder.resolve("." + OutputFolder.STATUS + ".new"));
            status.ended(0);
            assertThat(states()).containsExactly("alive 1");
        }
    }
}
