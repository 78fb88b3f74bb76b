package io.witan.launcher.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFolderTest {
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 31, 14, 25, 1);
    private static final RunRecord.Start START = new RunRecord.Start(
            "1.0",
            "0011223344556677",
            "2026-01-31T14:25:01Z",
            List.of("witan", "train"),
            "00ff",
            2,
            List.of("a"),
            "",
            "25");

    @TempDir
    Path parent;

    private static void assertFails(ExitCode code, String text, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        LaunchException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(text)
                .hasMessageNotContaining("\n");
    }

    @Test
    void freshFoldersNeverCoverEachOther() {
        try (OutputFolder first = OutputFolder.fresh(parent.resolve("runs"), "my recipe", NOW);
                OutputFolder second = OutputFolder.fresh(parent.resolve("runs"), "my recipe", NOW)) {
            assertThat(first.path()).hasFileName("my_recipe-20260131-142501");
            assertThat(second.path()).hasFileName("my_recipe-20260131-142501-2");
        }
    }

    @Test
    void aNamedFolderMayHoldOtherThingsButNothingThatARunWrites() throws IOException {
        Files.writeString(parent.resolve("notes.txt"), "mine");
        OutputFolder.named(parent).close();
        for (String name : List.of("run.json", "metrics.jsonl", "loss.png")) {
            Path file = Files.writeString(parent.resolve(name), "kept");
            assertFails(ExitCode.OUTPUT, "holds another run (" + name + ")", () -> OutputFolder.named(parent));
            assertThat(file).hasContent("kept");
            Files.delete(file);
        }
        OutputFolder.named(parent).close();
    }

    @Test
    void everyStartIsRecorded() {
        try (OutputFolder folder = OutputFolder.named(parent)) {
            folder.record("tiny", START);
        }
        try (OutputFolder folder = OutputFolder.resumed(parent)) {
            folder.record("tiny", START);
        }
        assertThat(parent.resolve("run.json"))
                .content()
                .containsSubsequence("\"recipe\" : \"tiny\"", "run_id", "run_id");
        assertThat(parent.resolve(".run.json.new")).doesNotExist();
    }

    @Test
    void aDamagedRecordIsSaid() throws IOException {
        Files.writeString(parent.resolve("run.json"), "{");
        try (OutputFolder folder = OutputFolder.resumed(parent)) {
            assertFails(ExitCode.OUTPUT, "run.json is damaged", () -> folder.record("tiny", START));
        }
        assertThat(parent.resolve("run.json")).hasContent("{");
    }

    @Test
    void resumeNeedsARun() {
        assertFails(ExitCode.CHECKPOINT, "holds no run to resume", () -> OutputFolder.resumed(parent));
    }

    @Test
    void aFileInTheWayIsSaid() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "x");
        assertFails(ExitCode.OUTPUT, "cannot write to output folder", () -> OutputFolder.named(file.resolve("out")));
        assertFails(ExitCode.OUTPUT, "cannot write to output folder", () -> OutputFolder.named(file));
        assertFails(ExitCode.OUTPUT, "cannot write to output folder", () -> OutputFolder.fresh(file, "tiny", NOW));
    }
}
