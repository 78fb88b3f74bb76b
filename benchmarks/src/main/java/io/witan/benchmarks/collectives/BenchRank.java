package io.witan.benchmarks.collectives;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.scheduler.plan.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The process of one rank. Speaks to its parent by lines on stdout; ends when its stdin ends. */
final class BenchRank {
    static final String ROW = "row ";
    static final String ERROR = "error ";

    private static final Duration RENDEZVOUS = Duration.ofSeconds(60);

    private BenchRank() {}

    /** The words after the main class that {@link #main} understands. */
    static List<String> words(int rank, long runId, Path driver, BenchOptions options) {
        try {
            return List.of(
                    "rank",
                    Integer.toString(rank),
                    Long.toString(runId),
                    driver.toString(),
                    new ObjectMapper().writeValueAsString(options));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @return the exit code */
    static int main(String[] words) {
        endWithParent();
        try {
            BenchOptions options = new ObjectMapper().readValue(words[4], BenchOptions.class);
            int rank = Integer.parseInt(words[1]);
            try (CommunicatorGroup group =
                    AeronGroups.connect(config(rank, Long.parseLong(words[2]), Path.of(words[3]), options))) {
                measureAll(options, group);
            }
            return ExitCode.OK.code();
        } catch (IOException | RuntimeException | OutOfMemoryError thrown) {
            Failure failure = Failure.of(thrown, List.of());
            System.out.println(ERROR + failure.line());
            System.err.print(failure.trace());
            return failure.code().code();
        }
    }

    private static GroupConfig config(int rank, long runId, Path driver, BenchOptions options) {
        return new GroupConfig(
                runId,
                rank,
                Topology.singleNode(options.ranks()),
                driver,
                List.of(),
                NodeDriver.DEFAULT_DEADLINE,
                RENDEZVOUS,
                Objects.hash(options.seed(), options.ops(), options.sizes()),
                options.dataPath(),
                options.idle());
    }

    private static void measureAll(BenchOptions options, CommunicatorGroup group) {
        LineTimer timer = new LineTimer(options, group);
        for (BenchOp op : options.ops()) {
            List<Long> sizes = options.sizes().stream()
                    .map(size -> Workloads.roundedBytes(op, size, options))
                    .distinct()
                    .toList();
            for (long bytes : sizes) {
                report(timer.measure(op, !op.isOutOfPlace(), bytes), group);
                if (op.hasBothWays() && options.inPlace()) {
                    report(timer.measure(op, true, bytes), group);
                }
            }
        }
    }

    private static void report(BenchRow row, CommunicatorGroup group) {
        if (group.rank() == 0) {
            System.out.println(String.format(Locale.ROOT, "%s%s", ROW, row.toJson()));
        }
    }

    private static void endWithParent() {
        Thread.ofPlatform().daemon().name("witan-bench-parent").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    continue;
                }
            } catch (IOException closed) {
                Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
            }
            Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
        });
    }
}
