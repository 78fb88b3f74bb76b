package io.witan.benchmarks.pieces;

import io.witan.collectives.wire.Frame;
import io.witan.collectives.wire.FrameLayout;
import io.witan.collectives.wire.FrameType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A frame's header: written by its sender, and read and checked by its receiver. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameBenchmark {
    private static final long RUN_ID = 0x5157;
    private static final int LANE = 1;
    private static final int PAYLOAD_BYTES = 512;

    private final Arena arena = Arena.ofShared();
    private MemorySegment memory;
    private final Frame written = new Frame();
    private final Frame read = new Frame();
    private long sequence;

    @Setup
    public void setUp() {
        memory = arena.allocate(FrameLayout.HEADER_BYTES, Long.BYTES);
        encode();
        if (!check()) {
            throw new IllegalStateException("a frame is refused that was just written");
        }
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }

    @HotPath
    @Benchmark
    public Frame encode() {
        return written.wrap(memory, 0)
                .begin(RUN_ID, 0)
                .type(FrameType.DATA)
                .lane(LANE)
                .target(1)
                .call(3, sequence++, 0x1234, PAYLOAD_BYTES)
                .marked(812, 3)
                .part(PAYLOAD_BYTES, 0)
                .payloadBytes(PAYLOAD_BYTES);
    }

    /** What a receiver compares before it reads a byte of the payload. */
    @HotPath
    @Benchmark
    public boolean check() {
        read.wrap(memory, 0);
        return read.isWhole(FrameLayout.HEADER_BYTES + PAYLOAD_BYTES)
                && read.version() == FrameLayout.VERSION
                && read.runId() == RUN_ID
                && read.target() == 1
                && read.source() == 0
                && read.type() == FrameType.DATA
                && read.lane() == LANE
                && read.operation() == 3
                && read.sequence() >= 0
                && read.signature() == 0x1234
                && read.extent() == PAYLOAD_BYTES;
    }
}
