package io.witan.benchmarks.collectives;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.NodeDriver;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.RunSpec;
import io.witan.launcher.message.Wire;
import io.witan.scheduler.plan.Topology;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The process of one rank: its job is the first line of stdin, and it ends when its stdin ends. What it finds goes to its agent
 * as lines of {@link Channel#RESULT}: facts from each rank, rows from the first of each node, limits from rank 0.
 */
final class BenchRank {
    static final String FACTS = "facts ";
    static final String LIMITS = "limits ";
    static final String ROW = "row ";

    private final RankJob job;
    private final Topology topology;
    private final BenchOptions options;

    private BenchRank(RankJob job) {
        this.job = job;
        this.topology = Topology.of(
                job.run().ranksPerNode().stream().mapToInt(Integer::intValue).toArray());
        this.options = BenchOptions.fromJson(job.run().config());
    }

    /** @return the exit code */
    static int main() {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            String order = orders.readLine();
            if (order == null) {
                System.err.println("witan bench rank: is started by witan bench only");
                return ExitCode.USAGE.code();
            }
            Thread.ofPlatform().daemon().name("witan-bench-parent").start(() -> endWithAgent(orders));
            new BenchRank(Wire.decode(order, RankJob.class)).run();
            return ExitCode.OK.code();
        } catch (IOException | RuntimeException | OutOfMemoryError thrown) {
            Failure failure = Failure.of(thrown, List.of());
            System.err.println(failure.line());
            System.err.print(failure.trace());
            return failure.code().code();
        }
    }

    private void run() throws IOException {
        send(FACTS + RankFacts.here(job.rank()).json());
        try (CommunicatorGroup group = connect()) {
            MemoryLimits limits = options.limits() ? limits(group) : null;
            if (limits != null && job.rank() == 0) {
                send(LIMITS + limits.json());
            }
            measureAll(new LineTimer(options, limits, group));
        }
    }

    private CommunicatorGroup connect() {
        RunSpec run = job.run();
        if (run.worldSize() == 1) {
            return CommunicatorGroup.solo();
        }
        return AeronGroups.connect(new GroupConfig(
                Long.parseUnsignedLong(run.runId(), 16),
                job.rank(),
                topology,
                Path.of(job.aeronDirectory()),
                run.endpoints(),
                NodeDriver.DEFAULT_DEADLINE,
                Duration.ofMillis(run.attempts().timeoutMs()),
                Long.parseUnsignedLong(run.configHash(), 16),
                options.dataPath(),
                options.idle()));
    }

    /** Beside the driver's folder, which is shared memory; a world of one rank has none. */
    private MemoryLimits limits(CommunicatorGroup group) throws IOException {
        LimitMeter meter = new LimitMeter(options, group);
        if (!job.aeronDirectory().isEmpty()) {
            return meter.measure(Path.of(job.aeronDirectory()).getParent());
        }
        Path folder = Files.createTempDirectory("witan-bench-");
        try {
            return meter.measure(folder);
        } finally {
            Files.delete(folder);
        }
    }

    private void measureAll(LineTimer timer) {
        for (BenchOp op : options.ops()) {
            List<Long> sizes = options.sizes().stream()
                    .map(size -> Workloads.roundedBytes(op, size, options))
                    .distinct()
                    .toList();
            boolean[] ways = op.hasBothWays() && options.inPlace()
                    ? new boolean[] {false, true}
                    : new boolean[] {!op.isOutOfPlace()};
            for (boolean inPlace : ways) {
                for (long bytes : sizes) {
                    report(timer.measure(op, inPlace, bytes));
                }
            }
        }
    }

    private void report(BenchRow row) {
        if (topology.localRank(job.rank()) == 0) {
            send(ROW + row.toJson());
        }
    }

    private static void send(String result) {
        System.out.println(Channel.RESULT.encode(result));
    }

    private static void endWithAgent(BufferedReader orders) {
        try {
            while (orders.readLine() != null) {
                continue;
            }
        } catch (IOException closed) {
            Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
        }
        Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
    }
}
