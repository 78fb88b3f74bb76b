package io.witan.benchmarks.collectives;

import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;

/** Verifies and times one line after the other on this rank; ranks call it alike. One thread. */
final class LineTimer {
    private static final int LEAST_ITERATIONS = 9;
    private static final int ESTIMATING_ITERATIONS = 5;
    private static final int RUN_IN_BATCH = 50;
    private static final int MOST_RUN_IN_BATCHES = 400;
    private static final double RUN_IN_SECONDS = 1.5;
    private static final double NS_PER_SECOND = 1e9;

    private final BenchOptions options;
    private final CommunicatorGroup group;
    private final Communicator lane;
    private BenchOp lastOp;

    LineTimer(BenchOptions options, CommunicatorGroup group) {
        this.options = options;
        this.group = group;
        this.lane = group.lane(CommunicatorGroup.PARAMETERS);
    }

    /** The row, the same on all ranks but for {@code count}. */
    BenchRow measure(BenchOp op, boolean inPlace, long bytes) {
        try (BenchMemory memory = new BenchMemory(group)) {
            Workload work = new Workloads(options, lane, memory).of(op, inPlace, bytes);
            long wrong = options.check() ? check(work, memory) : BenchRow.UNCHECKED;
            work.zero();
            if (op != lastOp && !options.fixedIterations()) {
                runIn(work, memory);
            }
            lastOp = op;
            repeat(work, new long[Math.max(1, options.warmup())], options.warmup());
            long[] times = new long[iterations(work, memory)];
            repeat(work, times, times.length);
            longestOverRanks(times, memory);
            wrong += options.check() ? check(work, memory) : 0;
            return row(op, inPlace, work, times, wrong);
        }
    }

    /** Nothing here allocates; what the operation allocates is its own. */
    private void repeat(Workload work, long[] times, int iterations) {
        for (int i = 0; i < iterations; i++) {
            lane.barrier().await();
            long start = System.nanoTime();
            work.run();
            times[i] = System.nanoTime() - start;
        }
    }

    private int iterations(Workload work, BenchMemory memory) {
        if (options.fixedIterations()) {
            return options.iterations();
        }
        long[] estimates = new long[ESTIMATING_ITERATIONS];
        long start = System.nanoTime();
        repeat(work, estimates, ESTIMATING_ITERATIONS);
        double mean = (System.nanoTime() - start) / (double) ESTIMATING_ITERATIONS;
        Arrays.sort(estimates);
        // A median operation and a barrier, which takes no longer; one slow iteration of five says nothing.
        double each = Math.min(mean, 2.0 * estimates[ESTIMATING_ITERATIONS / 2]);
        double fitting = options.secondsPerLine() * NS_PER_SECOND / each;
        return (int) agree(
                Math.min(options.iterations(), Math.max(LEAST_ITERATIONS, (long) fitting)),
                memory.allocate(Long.BYTES));
    }

    /** Before an operation's first line: until the compiler has done its work, which it does on the ranks' cores. */
    private void runIn(Workload work, BenchMemory memory) {
        long[] times = new long[RUN_IN_BATCH];
        long end = System.nanoTime() + (long) (RUN_IN_SECONDS * NS_PER_SECOND);
        MemorySegment goOn = memory.allocate(Long.BYTES);
        for (int batch = 0; batch < MOST_RUN_IN_BATCHES; batch++) {
            repeat(work, times, RUN_IN_BATCH);
            if (agree(System.nanoTime() < end ? 1 : 0, goOn) == 0) {
                return;
            }
        }
    }

    /** Rank 0's value. */
    private long agree(long value, MemorySegment cell) {
        cell.set(ValueLayout.JAVA_LONG, 0, value);
        lane.broadcast(cell, 0).await();
        return cell.get(ValueLayout.JAVA_LONG, 0);
    }

    private long check(Workload work, BenchMemory memory) {
        work.fill();
        lane.barrier().await();
        work.run();
        MemorySegment own = memory.allocate(Long.BYTES);
        MemorySegment all = memory.allocate((long) Long.BYTES * lane.size());
        own.set(ValueLayout.JAVA_LONG, 0, work.wrong());
        lane.allGather(own, all).await();
        long wrong = 0;
        for (int rank = 0; rank < lane.size(); rank++) {
            wrong += all.getAtIndex(ValueLayout.JAVA_LONG, rank);
        }
        return wrong;
    }

    private void longestOverRanks(long[] times, BenchMemory memory) {
        MemorySegment own = memory.allocate((long) Long.BYTES * times.length);
        MemorySegment all = memory.allocate(own.byteSize() * lane.size());
        MemorySegment.copy(times, 0, own, ValueLayout.JAVA_LONG, 0, times.length);
        lane.allGather(own, all).await();
        for (int i = 0; i < times.length; i++) {
            for (int rank = 0; rank < lane.size(); rank++) {
                times[i] = Math.max(times[i], all.getAtIndex(ValueLayout.JAVA_LONG, (long) rank * times.length + i));
            }
        }
        lane.barrier().await();
    }

    private BenchRow row(BenchOp op, boolean inPlace, Workload work, long[] times, long wrong) {
        double[] quantiles = BenchRow.quantilesUs(times);
        double algbw = work.bytes() / (quantiles[0] * 1e3);
        double materialised = options.materialised() / (double) options.experts();
        return new BenchRow(
                op.label(),
                work.bytes(),
                work.count(),
                lane.size(),
                lane.topology().nodeCount(),
                "fp32",
                inPlace,
                options.transportLabel(),
                options.idle().name().toLowerCase(Locale.ROOT),
                times.length,
                quantiles[0],
                quantiles[1],
                quantiles[2],
                algbw,
                algbw * op.busFactor(lane.size(), materialised),
                wrong);
    }
}
