package io.witan.launcher.supervise;

import io.witan.launcher.exit.ExitCode;
import java.time.Duration;
import java.util.BitSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Whether ranks may be started again, and when: once all that are there have heard of the loss, or should have. One thread. */
final class Restarts {
    /** Deaths of one cause come together: so long after the last of them, and so long after the first at most. */
    private static final Duration GATHER = Duration.ofMillis(150);

    private static final Duration LONGEST_GATHER = Duration.ofSeconds(1);

    private static final int SIGNALS = ExitCode.ofSignal(0);
    private static final long NEVER = Long.MAX_VALUE;

    private final int ranks;
    private final int most;
    private final Duration verdict;
    private final BitSet answered = new BitSet();
    private String cause;
    private int done;
    private boolean deaths;
    private long firstDeathNs;
    private long dueNs = NEVER;

    /**
     * @param most how many there may be
     * @param verdict as {@link SupervisionLimits#verdict}
     */
    Restarts(int ranks, int most, Duration verdict) {
        this.ranks = ranks;
        this.most = most;
        this.verdict = verdict;
    }

    /** True for the end of a process that may be started again: by a signal, or because it lost others, not by its own verdict. */
    boolean cover(int code) {
        return (code > SIGNALS || code == ExitCode.PEER_LOST.code()) && done < most;
    }

    int done() {
        return done;
    }

    int most() {
        return most;
    }

    /** As many as there may be have not happened yet. */
    boolean isLeft() {
        return done < most;
    }

    /** A node is gone with its ranks, and another one {@link #isLeft}. */
    void nodeGone(String text, long nowNs) {
        died(text, nowNs);
    }

    private void died(String text, long nowNs) {
        firstDeathNs = deaths ? firstDeathNs : nowNs;
        deaths = true;
        cause = cause == null ? text : cause;
        dueNs = Math.min(nowNs + GATHER.toNanos(), firstDeathNs + LONGEST_GATHER.toNanos());
    }

    /** From now on, with none pending, of so many ranks. */
    Restarts among(int ranksLeft) {
        Restarts left = new Restarts(ranksLeft, most, verdict);
        left.done = done;
        return left;
    }

    /** A rank's process is gone; {@link #cover} said yes. */
    void gone(int rank, String text, long nowNs) {
        answered.set(rank);
        died(text, nowNs);
    }

    /** A rank waits for its next job, as it lost others. Returns whether it will get one. */
    boolean lost(int rank, String text, long nowNs) {
        answered.set(rank);
        if (done == most) {
            return false;
        }
        cause = cause == null ? text : cause;
        dueNs = Math.min(dueNs, nowNs + (answered.cardinality() == ranks ? 0 : verdict.toNanos()));
        return true;
    }

    boolean isPending() {
        return dueNs != NEVER;
    }

    long dueNs() {
        return dueNs;
    }

    /** Why the pending one is needed. */
    String cause() {
        return cause;
    }

    /** Ranks that still say nothing, though others have lost somebody and no process is gone. */
    Set<Integer> silent() {
        return deaths
                ? Set.of()
                : IntStream.range(0, ranks)
                        .filter(rank -> !answered.get(rank))
                        .boxed()
                        .collect(Collectors.toSet());
    }

    /** The pending one has happened. */
    void happened() {
        done++;
        answered.clear();
        deaths = false;
        cause = null;
        dueNs = NEVER;
    }
}
