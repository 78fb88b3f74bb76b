package io.witan.launcher.top;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.output.OutputFolder;
import io.witan.launcher.output.RunRecord;
import io.witan.launcher.status.RunStatus;
import io.witan.launcher.supervise.RankRecord;
import io.witan.launcher.supervise.RankState;
import io.witan.runtime.metrics.MetricsTail;
import io.witan.runtime.metrics.RankMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A run by its output folder: what its launcher and rank 0 write, of all nodes. */
public final class RunFolder implements RunSource {
    private final Path folder;
    private final Path shown;
    private final long steps;

    /**
     * @param shown the folder as the user names it
     * @param steps of the run; 0: unknown
     * @throws LaunchException with code CHECKPOINT if there is no run in it
     */
    public RunFolder(Path shown, long steps) {
        this.folder = shown.toAbsolutePath().normalize();
        this.shown = shown;
        this.steps = steps;
        if (!OutputFolder.holdsRun(folder)) {
            throw new LaunchException(
                    ExitCode.CHECKPOINT, shown + " holds no run (no " + OutputFolder.RUN + "); name its output folder");
        }
    }

    /** The folder in which a run was started last. */
    public static Optional<Path> newest(Path parent) {
        if (!Files.isDirectory(parent)) {
            return Optional.empty();
        }
        try (Stream<Path> folders = Files.list(parent)) {
            return folders.filter(OutputFolder::holdsRun).max(Comparator.comparing(RunFolder::startedAt));
        } catch (IOException e) {
            throw new LaunchException(ExitCode.OUTPUT, "cannot read " + parent + ": " + e, e);
        }
    }

    private static FileTime startedAt(Path folder) {
        return modified(folder.resolve(OutputFolder.RUN)).orElse(FileTime.fromMillis(0));
    }

    private static Optional<FileTime> modified(Path file) {
        try {
            return Optional.of(Files.getLastModifiedTime(file));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    @Override
    public RunView view() {
        boolean held = OutputFolder.isHeld(folder);
        Optional<RunStatus> status = OutputFolder.readJson(folder, OutputFolder.STATUS, RunStatus.class);
        RunRecord.Start start = OutputFolder.lastStart(folder)
                .orElseThrow(() -> new LaunchException(ExitCode.OUTPUT, shown + ": run.json has no start"));
        Path metrics = status.map(of -> Path.of(of.metrics())).orElse(folder.resolve(OutputFolder.METRICS));
        MetricsTail tail = MetricsTail.read(metrics);
        int worldSize = status.map(of -> of.ranks().size()).orElse(start.worldSize());
        return new RunView(
                title(start, worldSize, status),
                state(held, status, start, metrics),
                !held,
                steps,
                tail.step(),
                tail.validation(),
                tail.ranks().map(RankMetrics::step).orElse(0L),
                rows(worldSize, held, status, tail));
    }

    /** @param worldSize fewer ranks than at the start, if the run went on without lost nodes */
    private String title(RunRecord.Start start, int worldSize, Optional<RunStatus> status) {
        int nodes = start.nodes().size();
        String left = worldSize == start.worldSize() ? "" : worldSize + " left of ";
        return shown + ": " + left + counted(start.worldSize(), "rank") + " on " + counted(nodes, "node")
                + status.map(of -> ", restart " + of.restarts() + " of " + of.maxRestarts())
                        .orElse("");
    }

    private String state(boolean held, Optional<RunStatus> status, RunRecord.Start start, Path metrics) {
        Integer code = status.map(RunStatus::exitCode).orElse(null);
        if (held) {
            Instant now = Instant.now();
            String since = seconds(Duration.between(Instant.parse(start.startedAt()), now));
            return "running for " + since
                    + modified(metrics)
                            .map(time -> ", last written " + seconds(Duration.between(time.toInstant(), now)) + " ago")
                            .orElse("");
        }
        if (code == null) {
            return "not running: its launcher was killed; bin/witan train --resume " + shown + " goes on";
        }
        return "not running: ended " + status.orElseThrow().updatedAt() + "; " + ExitCode.describe(code);
    }

    private List<RunView.Row> rows(int worldSize, boolean held, Optional<RunStatus> status, MetricsTail tail) {
        List<RankRecord> records = RankRecord.read(folder).orElse(List.of());
        List<RankMetrics.OfRank> figures = tail.ranks().map(RankMetrics::ranks).orElse(List.of());
        List<RunStatus.OfRank> states = status.map(RunStatus::ranks).orElse(List.of());
        List<RunView.Row> rows = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
            Optional<RankRecord> record = at(records, rank);
            Optional<RunStatus.OfRank> state = at(states, rank);
            rows.add(new RunView.Row(
                    rank,
                    record.map(RankRecord::node).orElse(""),
                    record.map(RankRecord::pid).orElse(0L),
                    state.map(of -> shownState(of.state(), held)).orElse(""),
                    state.map(of -> Math.max(0, of.processes() - 1)).orElse(-1),
                    at(figures, rank)));
        }
        return rows;
    }

    /** Ranks do not outlive their launcher. */
    private static String shownState(String state, boolean held) {
        return held || !state.equals(RankState.ALIVE.label()) ? state : "gone";
    }

    private static <T> Optional<T> at(List<T> list, int index) {
        return index < list.size() ? Optional.of(list.get(index)) : Optional.empty();
    }

    private static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String seconds(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        return seconds < 60 ? seconds + " s" : seconds / 60 + " min " + seconds % 60 + " s";
    }
}
