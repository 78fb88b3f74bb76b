package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/**
 * Does what is to be timed until the JVM has compiled it: before that, kernels take ten times as long and more, for seconds where the
 * compiler has no core of its own. Then once in full: who touches memory first waits for the system to give it, which may take ten times as long as
 * what is computed in it.
 */
final class WarmUp {
    /** However busy the compilers still are. */
    static final long MOST_NS = 10_000_000_000L;

    /** With next to nothing compiled, all is. */
    private static final long REST_NS = 1_500_000_000;

    private static final double REST_SHARE = 0.05;
    private static final double FASTER = 0.8;
    private static final double NS_PER_MS = 1e6;

    private final RankRuntime runtime;
    private final LongSupplier clock;
    private final CompilationMXBean compilers = ManagementFactory.getCompilationMXBean();
    private long restBegin;
    private long compiledMs;
    private long leastNs;

    /** @param clock nanoseconds */
    WarmUp(RankRuntime runtime, LongSupplier clock) {
        this.runtime = runtime;
        this.clock = clock;
    }

    /** A layer's attention and experts. Between {@link LayerWork#bringExperts} and {@link LayerWork#dropExperts}, all ranks together. */
    void layer(LayerWork work, ExpertTimes experts, long mostNs) {
        repeat(
                () -> {
                    work.forwardAttention();
                    experts.passOfFewest();
                },
                mostNs);
        experts.passOfMost();
    }

    /** Once, and again until the compilers of all ranks are at rest or the time is over. */
    private void repeat(Runnable work, long mostNs) {
        long end = clock.getAsLong() + Math.min(mostNs, MOST_NS);
        leastNs = Long.MAX_VALUE;
        beginRest();
        long busyRanks;
        do {
            time(work);
            busyRanks = Slowest.of(runtime, clock.getAsLong() < end && !isAtRest() ? 1 : 0)[0];
        } while (busyRanks > 0);
    }

    /** What has become faster may become faster still. */
    private void time(Runnable work) {
        long begin = clock.getAsLong();
        work.run();
        long ns = clock.getAsLong() - begin;
        if (ns < FASTER * leastNs) {
            beginRest();
        }
        leastNs = Math.min(leastNs, ns);
    }

    private boolean isAtRest() {
        if (compilers == null) {
            return true;
        }
        if ((compilers.getTotalCompilationTime() - compiledMs) * NS_PER_MS > REST_SHARE * REST_NS) {
            beginRest();
        }
        return clock.getAsLong() - restBegin >= REST_NS;
    }

    private void beginRest() {
        restBegin = clock.getAsLong();
        compiledMs = compilers == null ? 0 : compilers.getTotalCompilationTime();
    }
}
