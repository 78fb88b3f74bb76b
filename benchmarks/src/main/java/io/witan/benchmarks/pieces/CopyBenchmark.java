package io.witan.benchmarks.pieces;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/** One core copies a part from one buffer to another, whole or in slices. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CopyBenchmark {
    private static final long SLICE_BYTES = 64 * 1024;

    @Param({"4096", "1048576", "16777216"})
    long bytes;

    private final Arena arena = Arena.ofShared();
    private MemorySegment from;
    private MemorySegment to;

    @Setup
    public void setUp() {
        from = arena.allocate(bytes, Long.BYTES).fill((byte) 7);
        to = arena.allocate(bytes, Long.BYTES);
        slices();
        if (to.mismatch(from) >= 0) {
            throw new IllegalStateException("the copy in slices differs");
        }
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }

    @HotPath
    @Benchmark
    public void whole() {
        MemorySegment.copy(from, 0, to, 0, bytes);
    }

    @HotPath
    @Benchmark
    public void slices() {
        for (long at = 0; at < bytes; at += SLICE_BYTES) {
            long length = Math.min(SLICE_BYTES, bytes - at);
            to.asSlice(at, length).copyFrom(from.asSlice(at, length));
        }
    }
}
