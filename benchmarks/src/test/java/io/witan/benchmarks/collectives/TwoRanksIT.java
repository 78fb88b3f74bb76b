package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.DataPath;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two ranks of this process over a driver and shared memory. */
class TwoRanksIT {
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

    /** Rank 1 flips a bit of its own expert after the operation: rank 0, which reads it there, must see that and no more. */
    @ParameterizedTest
    @EnumSource(DataPath.class)
    void theCheckerReadsViewsWhereTheirOwnersHaveThem(DataPath path) throws Exception {
        List<List<Long>> wrong = onBoth(path, group -> {
            Communicator lane = group.lane(CommunicatorGroup.PARAMETERS);
            try (BenchMemory memory = new BenchMemory(group)) {
                Workload work = filledInPlaceGather(lane, memory);
                lane.barrier().await();
                work.run();
                long before = work.wrong();
                lane.barrier().await();
                if (group.rank() == 1) {
                    flip(work.result(), 100);
                }
                lane.barrier().await();
                long after = work.wrong();
                lane.barrier().await();
                return List.of(before, after, work.work().copied());
            }
        });
        boolean views = path == DataPath.SHARED_MEMORY;
        assertThat(wrong.get(0)).containsExactly(0L, views ? 1L : 0L, views ? 0L : 64L);
        assertThat(wrong.get(1)).containsExactly(0L, 1L, views ? 0L : 64L);
    }

    /** What an operation does not set must not pass for the view of an earlier one. */
    @Test
    void aViewThatIsMissingIsWrongInAllItsElements() throws Exception {
        List<Long> wrong = onBoth(DataPath.SHARED_MEMORY, group -> {
            Communicator lane = group.lane(CommunicatorGroup.PARAMETERS);
            try (BenchMemory memory = new BenchMemory(group)) {
                Workload work = filledInPlaceGather(lane, memory);
                lane.barrier().await();
                work.run();
                work.views().clear();
                return work.wrong();
            }
        });
        assertThat(wrong).containsExactly(16L, 16L);
    }

    /** Of four experts of 64 B, two of which go from their owner to the other rank. */
    private static Workload filledInPlaceGather(Communicator lane, BenchMemory memory) {
        BenchOp op = BenchOp.SPARSE_ALL_GATHER_IN_PLACE;
        Workload work = new Workloads(TestOptions.of(op, BenchType.FP32, RANKS), lane, memory).of(op, true, 256);
        work.fill();
        return work;
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

    private static void flip(MemorySegment buffer, int bit) {
        byte old = buffer.get(ValueLayout.JAVA_BYTE, bit / Byte.SIZE);
        buffer.set(ValueLayout.JAVA_BYTE, bit / Byte.SIZE, (byte) (old ^ 1 << bit % Byte.SIZE));
    }
}
