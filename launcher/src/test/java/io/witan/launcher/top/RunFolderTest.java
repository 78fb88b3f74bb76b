package io.witan.launcher.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.output.RunRecord;
import io.witan.launcher.status.StatusFile;
import io.witan.launcher.supervise.RankRecord;
import io.witan.launcher.supervise.RankState;
import io.witan.launcher.supervise.TerminalStyle;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a table shows of folders that are written as runs write them. */
final class RunFolderTest {
    @TempDir
    Path folder;

    private static void begin(OutputFolder output) {
        output.record(
                "tiny",
                new RunRecord.Start(
                        "1",
                        "aa",
                        Instant.now().toString(),
                        List.of("train"),
                        "bb",
                        2,
                        List.of("left", "right"),
                        "",
                        "25"));
        output.writeJson(
                OutputFolder.RANKS,
                List.of(new RankRecord(0, "left", 4711, "l0"), new RankRecord(1, "right", 5, "l1")));
    }

    private StatusFile status(OutputFolder output) {
        StatusFile status =
                new StatusFile(output, 2, 3, folder.resolve("elsewhere.jsonl").toString());
        status.started(0);
        status.started(1);
        return status;
    }

    private void metrics(int steps) {
        try (MetricsLog log = MetricsLog.create(folder.resolve("elsewhere.jsonl"))) {
            for (int step = 1; step <= steps; step++) {
                log.append(new StepMetrics(
                        step, 2.5, 0.75, 1e-3, 1234, 20.25, 1.1, StepMetrics.Bytes.NONE, false, StepMetrics.noExtra()));
                if (step == 4) {
                    log.append(new ValidationMetrics(4, 2.25, 1));
                    log.append(new RankMetrics(
                            4,
                            List.of(
                                    new RankMetrics.OfRank(30, 10, 1_500_000, 400_000_000, 1.25, 3),
                                    new RankMetrics.OfRank(39, 1, 2_000_000, 0, 0.75, 0))));
                }
            }
        }
    }

    private List<String> table() {
        return RunTable.lines(new RunFolder(folder, 20).view());
    }

    @Test
    void aRunningRunShowsEachRank() {
        try (OutputFolder output = OutputFolder.named(folder)) {
            begin(output);
            StatusFile status = status(output);
            assertThat(table()).contains("no step was done yet");
            metrics(5);
            status.changed(1, RankState.LOST);
            status.restarted(1);
            status.started(1);
            List<String> table = table();
            assertThat(table.get(0)).isEqualTo(folder + ": 2 ranks on 2 nodes, restart 1 of 3");
            assertThat(table.get(1)).startsWith("running for ").contains(", last written ");
            assertThat(table.get(2))
                    .isEqualTo("step 5/20  loss 2.5000  val 2.2500  grad 0.75  lr 1.00e-03  1234 tok/s  step 20 ms"
                            + "  imbalance 1.10");
            assertThat(table.subList(3, table.size()))
                    .containsExactly(
                            "ranks in step 4:",
                            "rank  node    pid  state  restarts  own ms  wait ms  waiting  load  copies  sent MB  resident MB",
                            "   0  left   4711  alive         0    30.0     10.0     25 %  1.25       3     1.50          400",
                            "   1  right     5  alive         1    39.0      1.0      3 %  0.75       0     2.00            -");
            status.changed(0, RankState.WAITING);
            assertThat(table().get(5)).contains("  waiting  ");
        }
    }

    @Test
    void aRunThatEndedSaysHow() {
        try (OutputFolder output = OutputFolder.named(folder)) {
            begin(output);
            StatusFile status = status(output);
            status.changed(0, RankState.ENDED);
            status.changed(1, RankState.FAILED);
            status.ended(137);
        }
        RunView view = new RunFolder(folder, 0).view();
        assertThat(view.over()).isTrue();
        assertThat(view.state()).startsWith("not running: ended ").endsWith("; killed by SIGKILL");
        assertThat(view.ranks()).extracting(RunView.Row::state).containsExactly("ended", "failed");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Screen(new PrintStream(out), InputStream.nullInputStream(), new TerminalStyle(false, false, 80)).once(view);
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).containsExactlyElementsOf(RunTable.lines(view));
    }

    @Test
    void aLauncherThatWasKilledIsNotTakenForARunningOne() {
        try (OutputFolder output = OutputFolder.named(folder)) {
            begin(output);
            status(output);
        }
        RunView view = new RunFolder(folder, 0).view();
        assertThat(view.over()).isTrue();
        assertThat(view.state())
                .isEqualTo("not running: its launcher was killed; bin/witan train --resume " + folder + " goes on");
        assertThat(view.ranks()).extracting(RunView.Row::state).containsOnly("gone");
    }

    @Test
    void theNewestRunIsTheOneThatWasStartedLast() throws IOException {
        assertThat(RunFolder.newest(folder.resolve("none"))).isEmpty();
        assertThat(RunFolder.newest(folder)).isEmpty();
        for (String name : List.of("a", "b", "c")) {
            Path run = Files.createDirectory(folder.resolve(name)).resolve(OutputFolder.RUN);
            Files.writeString(run, "{}");
            Files.setLastModifiedTime(run, FileTime.fromMillis(name.equals("b") ? 2_000_000 : 1_000_000));
        }
        assertThat(RunFolder.newest(folder)).contains(folder.resolve("b"));
        assertThatThrownBy(() -> new RunFolder(folder, 0))
                .isInstanceOf(LaunchException.class)
                .hasMessage(folder + " holds no run (no run.json); name its output folder");
    }

    /** Without a terminal a table comes each second, and no control characters; it ends when the run does. */
    @Test
    void onAPlainStreamTablesFollowEachOther() throws Exception {
        RunView running = new RunView("t", "s", false, 0, Optional.empty(), Optional.empty(), 0, List.of());
        RunView ended = new RunView("t", "over", true, 0, Optional.empty(), Optional.empty(), 0, List.of());
        List<RunView> views = new ArrayList<>(List.of(running, ended));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new Screen(new PrintStream(out), InputStream.nullInputStream(), new TerminalStyle(false, false, 80))
                .show(views::removeFirst);
        assertThat(views).isEmpty();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("s\n", "over\n")
                .doesNotContain("\u001b");
    }
}
