package io.witan.benchmarks.pieces;

import io.witan.collectives.AeronGroups;
import io.witan.collectives.CollectiveException;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.DataPath;
import io.witan.collectives.GroupConfig;
import io.witan.collectives.Handle;
import io.witan.collectives.Idle;
import io.witan.collectives.NodeDriver;
import io.witan.collectives.RegisteredBuffer;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A whole operation between two ranks of this process over shared memory, both spinning. What it allocates is that of both ranks
 * and all their threads.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OperationBenchmark {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    private static final long LARGEST_BYTES = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Param({"barrier", "all_reduce 8 B", "all_reduce 64 KiB"})
    String operation;

    private NodeDriver driver;
    private Rank here;
    private Rank there;
    private Thread partner;

    /** A rank with its buffer of zeroes. */
    private record Rank(CommunicatorGroup group, RegisteredBuffer buffer, MemorySegment reduced)
            implements AutoCloseable {
        Communicator lane() {
            return group.lane(CommunicatorGroup.PARAMETERS);
        }

        Handle start() {
            return reduced.byteSize() == 0 ? lane().barrier() : lane().allReduce(reduced);
        }

        @Override
        public void close() {
            group.close();
            buffer.close();
        }
    }

    @Setup
    public void setUp() {
        NodeDriver.sweep(SHARED_MEMORY);
        long runId = System.nanoTime();
        driver = NodeDriver.start(NodeDriver.directory(SHARED_MEMORY, runId));
        CompletableFuture<Rank> other = CompletableFuture.supplyAsync(() -> connect(runId, 1));
        here = connect(runId, 0);
        there = other.join();
        verify();
        partner = Thread.ofPlatform().daemon().name("witan-bench-partner").start(this::follow);
    }

    private Rank connect(long runId, int rank) {
        CommunicatorGroup group = AeronGroups.connect(new GroupConfig(
                runId,
                rank,
                Topology.singleNode(2),
                driver.directory(),
                List.of(),
                PATIENCE,
                PATIENCE,
                0,
                DataPath.SHARED_MEMORY,
                Idle.SPIN));
        RegisteredBuffer buffer = group.allocate(LARGEST_BYTES);
        long bytes = operation.endsWith("8 B") ? 8 : operation.endsWith("KiB") ? LARGEST_BYTES : 0;
        return new Rank(group, buffer, buffer.segment().asSlice(0, bytes));
    }

    /** One plus one is two, everywhere; then zeroes, which stay zeroes however often they are summed in place. */
    private void verify() {
        for (Rank rank : List.of(here, there)) {
            for (long i = 0; i < rank.reduced().byteSize() / Float.BYTES; i++) {
                rank.reduced().setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
            }
        }
        List.of(here.start(), there.start()).forEach(Handle::await);
        for (Rank rank : List.of(here, there)) {
            for (long i = 0; i < rank.reduced().byteSize() / Float.BYTES; i++) {
                float sum = rank.reduced().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                if (sum != 2) {
                    throw new IllegalStateException("float " + i + " of the sum is " + sum);
                }
            }
            rank.reduced().fill((byte) 0);
        }
    }

    @Benchmark
    public void run() {
        here.start().await();
    }

    /** In step with {@link #run}, as an operation ends only when both ranks are in it; until the world ends. */
    private void follow() {
        try {
            while (true) {
                there.start().await();
            }
        } catch (CollectiveException left) {
            return;
        }
    }

    @TearDown
    public void tearDown() throws InterruptedException {
        here.group().close();
        partner.join(PATIENCE.toMillis());
        here.close();
        there.close();
        driver.close();
    }
}
