package io.witan.benchmarks.collectives;

import io.witan.benchmarks.collectives.BenchOptions.Timing;
import io.witan.collectives.Communicator;
import io.witan.collectives.CommunicatorGroup;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/** Verifies and times one line after the other on this rank; ranks call it alike. One thread. */
final class LineTimer {
    private static final int LEAST_ITERATIONS = 9;
    private static final int ESTIMATING_ITERATIONS = 9;
    private static final int TURNS = 8;
    private static final int RUN_IN_BATCH = 2 * TURNS;
    /** Before the first line of an operation, out of place or in place. */
    private static final int FIRST_QUIET_WINDOWS = 6;
    /** Milliseconds of compilation in a window that are no matter. */
    private static final long QUIET_MS = 2;

    private static final long RUN_IN_WINDOW_NS = 100_000_000;
    private static final long MOST_RUN_IN_NS = 15_000_000_000L;
    private static final double NS_PER_SECOND = 1e9;

    private final BenchOptions options;
    private final Timing timing;
    private final MemoryLimits limits;
    private final CommunicatorGroup group;
    private final Communicator lane;
    private BenchOp lastOp;
    private boolean lastInPlace;

    /** @param limits null: not measured */
    LineTimer(BenchOptions options, MemoryLimits limits, CommunicatorGroup group) {
        this.options = options;
        this.timing = options.timing();
        this.limits = limits;
        this.group = group;
        this.lane = options.lane().in(group);
    }

    /** The row, the same on all ranks but for {@code count}. */
    BenchRow measure(BenchOp op, boolean inPlace, long bytes) {
        try (BenchMemory memory = new BenchMemory(group)) {
            Agreement agreement = new Agreement(lane, memory);
            Workloads workloads = new Workloads(options, lane, memory);
            Workload work = workloads.of(op, inPlace, bytes);
            long wrong = options.check() ? check(work, agreement) : BenchRow.UNCHECKED;
            work.zero();
            Workload dense = op.isSparse() && options.dense() ? dense(op, workloads, bytes) : null;
            if (!timing.fixed()) {
                runIn(work, dense, agreement, op != lastOp || inPlace != lastInPlace ? FIRST_QUIET_WINDOWS : 1);
            }
            lastOp = op;
            lastInPlace = inPlace;
            repeat(work, new long[timing.warmup()], 0, timing.warmup());
            long[] times = new long[iterations(work, agreement)];
            long[] denseTimes = dense == null ? new long[0] : new long[times.length];
            inTurns(work, times, dense, denseTimes);
            agreement.largest(times);
            agreement.largest(denseTimes);
            BenchRow.Sparse sparse = op.isSparse()
                    ? new SparseCount(options, lane, agreement).of(work, BenchRow.quantilesUs(times)[0], denseTimes)
                    : null;
            if (options.check()) {
                wrong += check(work, agreement);
            }
            if (sparse != null && !sparse.movedBytes().equals(sparse.plannedBytes())) {
                wrong = Math.max(0, wrong) + 1;
            }
            return row(work, inPlace, times, wrong, sparse, limitUs(work, agreement));
        }
    }

    private Workload dense(BenchOp op, Workloads workloads, long bytes) {
        BenchOp whole = op.dense();
        Workload dense = workloads.of(whole, whole.hasBothWays(), Workloads.roundedBytes(whole, bytes, options));
        dense.zero();
        return dense;
    }

    /** The two alternately, so that both meet the same noise; without a second one the first alone. */
    private void inTurns(Workload work, long[] times, Workload dense, long[] denseTimes) {
        if (dense == null) {
            repeat(work, times, 0, times.length);
            return;
        }
        for (int turn = 0; turn < TURNS; turn++) {
            int from = times.length * turn / TURNS;
            int to = times.length * (turn + 1) / TURNS;
            repeat(work, times, from, to);
            repeat(dense, denseTimes, from, to);
        }
    }

    private void repeat(Workload work, long[] times, int from, int to) {
        for (int i = from; i < to; i++) {
            lane.barrier().await();
            long start = System.nanoTime();
            work.run();
            times[i] = System.nanoTime() - start;
        }
    }

    private int iterations(Workload work, Agreement agreement) {
        if (timing.fixed()) {
            return timing.iterations();
        }
        long[] estimates = new long[ESTIMATING_ITERATIONS];
        long start = System.nanoTime();
        repeat(work, estimates, 0, ESTIMATING_ITERATIONS);
        double mean = (System.nanoTime() - start) / (double) ESTIMATING_ITERATIONS;
        Arrays.sort(estimates);
        // A median operation and a barrier, which takes no longer; one slow iteration says nothing.
        double each = Math.min(mean, 2.0 * estimates[ESTIMATING_ITERATIONS / 2]);
        double fitting = timing.secondsPerLine() * NS_PER_SECOND / each;
        return (int) agreement.ofRankZero(Math.min(timing.iterations(), Math.max(LEAST_ITERATIONS, (long) fitting)));
    }

    /**
     * Until the compilers of all ranks, which work on the ranks' cores, have been quiet for so many windows. Each line needs it:
     * longer messages take other ways through the code.
     */
    private void runIn(Workload work, Workload dense, Agreement agreement, int quietWindows) {
        long[] times = new long[RUN_IN_BATCH];
        long start = System.nanoTime();
        boolean timeLeft = true;
        for (int quiet = 0; quiet < quietWindows && timeLeft; ) {
            long compiledMs = compilationMs();
            long windowEnd = System.nanoTime() + RUN_IN_WINDOW_NS;
            do {
                inTurns(work, times, dense, times);
            } while (agreement.ofRankZero(System.nanoTime() < windowEnd ? 1 : 0) == 1);
            long busy = compilationMs() - compiledMs > QUIET_MS ? 1 : 0;
            quiet = agreement.sum(busy) == 0 ? quiet + 1 : 0;
            timeLeft = agreement.ofRankZero(System.nanoTime() - start < MOST_RUN_IN_NS ? 1 : 0) == 1;
        }
    }

    /** So far; 0 in a JVM that does not compile. */
    private static long compilationMs() {
        CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
        return compilers == null ? 0 : compilers.getTotalCompilationTime();
    }

    private long check(Workload work, Agreement agreement) {
        work.fill();
        lane.barrier().await();
        work.run();
        return agreement.sum(work.wrong());
    }

    private Double limitUs(Workload work, Agreement agreement) {
        if (limits == null) {
            return null;
        }
        long[] most = {work.work().copied(), work.work().added()};
        agreement.largest(most);
        double us = limits.us(new LeastWork(most[0], most[1]));
        return us > 0 ? us : null;
    }

    private BenchRow row(
            Workload work, boolean inPlace, long[] times, long wrong, BenchRow.Sparse sparse, Double limitUs) {
        BenchOp op = work.values().op();
        double[] quantiles = BenchRow.quantilesUs(times);
        double algbw = work.bytes() / (quantiles[0] * 1e3);
        double materialised =
                options.shape().materialised() / (double) options.shape().experts();
        return new BenchRow(
                op.label(),
                work.bytes(),
                work.count(),
                lane.size(),
                lane.topology().nodeCount(),
                options.type().label(),
                inPlace,
                options.transportLabel(),
                options.idleLabel(),
                options.lane().label(),
                times.length,
                quantiles[0],
                quantiles[1],
                quantiles[2],
                algbw,
                algbw * op.busFactor(lane.size(), materialised),
                wrong,
                limitUs,
                sparse,
                null);
    }
}
