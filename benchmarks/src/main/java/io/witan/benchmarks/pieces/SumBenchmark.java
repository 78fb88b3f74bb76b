package io.witan.benchmarks.pieces;

import io.witan.collectives.engine.SumKernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
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

/** The sum of several buffers, by the kernel of the reductions and by a plain loop that gives the same bits. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SumBenchmark {
    private static final int HALF_BITS = 16;

    /** Of each term: together they fit into a core's second-level cache. */
    private static final long BYTES = 64 * 1024;

    @Param({"fp32", "bf16"})
    String type;

    @Param({"2", "3", "4", "8"})
    int terms;

    private final Arena arena = Arena.ofShared();
    private SumKernel kernel;
    private MemorySegment[] term;
    private long[] termAt;
    private MemorySegment sum;

    @Setup
    public void setUp() {
        kernel = isBf16() ? SumKernel.BF16 : SumKernel.FP32;
        term = new MemorySegment[terms];
        termAt = new long[terms];
        SplittableRandom random = new SplittableRandom(terms);
        for (int i = 0; i < terms; i++) {
            term[i] = arena.allocate(BYTES, Long.BYTES);
            for (long at = 0; at < BYTES; at += kernel.elementBytes()) {
                int bits = Float.floatToRawIntBits(random.nextFloat() - 0.5f);
                if (isBf16()) {
                    term[i].set(ValueLayout.JAVA_SHORT, at, (short) (bits >> HALF_BITS));
                } else {
                    term[i].set(ValueLayout.JAVA_INT, at, bits);
                }
            }
        }
        sum = arena.allocate(BYTES, Long.BYTES);
        scalar();
        MemorySegment expected = arena.allocate(BYTES, Long.BYTES).copyFrom(sum);
        sum.fill((byte) 0);
        kernel();
        long wrong = sum.mismatch(expected);
        if (wrong >= 0) {
            throw new IllegalStateException("sum of " + terms + " terms of " + type + ": byte " + wrong + " differs");
        }
    }

    @TearDown
    public void tearDown() {
        arena.close();
    }

    @HotPath
    @Benchmark
    public void kernel() {
        kernel.add(sum, 0, term, termAt, 0, BYTES);
    }

    @Benchmark
    public void scalar() {
        if (isBf16()) {
            scalarBf16();
        } else {
            scalarFp32();
        }
    }

    private boolean isBf16() {
        return type.equals("bf16");
    }

    private void scalarFp32() {
        for (long at = 0; at < BYTES; at += Float.BYTES) {
            float total = term[0].get(ValueLayout.JAVA_FLOAT, at);
            for (int i = 1; i < terms; i++) {
                total += term[i].get(ValueLayout.JAVA_FLOAT, at);
            }
            sum.set(ValueLayout.JAVA_FLOAT, at, total);
        }
    }

    /** Rounded by adding a half of the last place that stays, or just below it before an even one; no NaN among the terms. */
    private void scalarBf16() {
        for (long at = 0; at < BYTES; at += Short.BYTES) {
            float total = widened(term[0], at);
            for (int i = 1; i < terms; i++) {
                total += widened(term[i], at);
            }
            int bits = Float.floatToRawIntBits(total);
            int last = bits >>> HALF_BITS & 1;
            sum.set(ValueLayout.JAVA_SHORT, at, (short) (bits + 0x7fff + last >>> HALF_BITS));
        }
    }

    private static float widened(MemorySegment memory, long at) {
        return Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT, at) << HALF_BITS);
    }
}
