package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.DataPath;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import io.witan.scheduler.plan.Topology;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two ranks of this process over a driver and shared memory. */
class TwoRanksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int RANKS = 2;

    @TempDir
    Path folder;

    /** Calls it on both ranks at once; what they return. */
    private <T> List<T> onBoth(DataPath path, Function<CommunicatorGroup, T> job) throws Exception {
        try (NodeDriver driver = NodeDriver.start(folder.resolve("driver"));
                var threads = Executors.newFixedThreadPool(RANKS)) {
            List<CompletableFuture<T>> jobs = IntStream.range(0, RANKS)
                    .mapToObj(rank -> CompletableFuture.supplyAsync(
                            () -> {
                                try (CommunicatorGroup group = connect(driver, path, rank)) {
                                    T result = job.apply(group);
                                    group.lane(CommunicatorGroup.TOKENS)
                                            .barrier()
                                            .await();
                                    return result;
                                }
                            },
                            threads))
                    .toList();
            return List.of(
                    jobs.get(0).get(PATIENCE.toSeconds(), TimeUnit.SECONDS),
                    jobs.get(1).get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
        }
    }

    private static CommunicatorGroup connect(NodeDriver driver, DataPath path, int rank) {
        return AeronGroups.connect(new GroupConfig(
                1,
                rank,
                Topology.singleNode(RANKS),
                driver.directory(),
                List.of(),
                PATIENCE,
                PATIENCE,
                0,
                path,
                Idle.BACKOFF));
    }

    /** Lines are timed on the lane that was asked for, with all that belongs to them. */
    @ParameterizedTest
    @EnumSource(BenchLane.class)
    void nothingOfALineGoesOverAnotherLane(BenchLane lane) throws Exception {
        BenchOptions options = TestOptions.of(BenchOp.SPARSE_ALL_GATHER, BenchType.FP32, RANKS, lane);
        List<List<Boolean>> used = onBoth(DataPath.SHARED_MEMORY, group -> {
            BenchRow row = new LineTimer(options, null, group).measure(BenchOp.SPARSE_ALL_GATHER, true, 256);
            assertThat(row.lane()).isEqualTo(lane.label());
            assertThat(row.wrong()).isZero();
            return IntStream.range(0, group.laneCount())
                    .mapToObj(index -> group.lane(index).traffic().receivedBytes() > 0)
                    .toList();
        });
        List<Boolean> only = IntStream.range(0, BenchLane.values().length)
                .mapToObj(index -> index == lane.ordinal())
                .toList();
        assertThat(used).containsExactly(only, only);
    }
}
