package io.witan.runtime.trace;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.collectives.Communicator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * How far a rank's {@link System#nanoTime} is ahead of that of rank 0.
 *
 * <p>Found in rounds, as Cristian (1989) has it: rank 0 reads its clock (t0) and broadcasts; a rank that has got the broadcast reads its
 * own (s); an allGather brings s to rank 0, which reads its clock again (t1). What rank r read lies between t0 and t1 on the clock of
 * rank 0, whatever way the bytes took. The round of least t1 - t0 counts: r is taken to have read in its middle, so it is ahead by s - (t0 +
 * t1) / 2, and that is wrong by (t1 - t0) / 2 at most. Processes of one host have one clock: where s itself lies between t0 and t1, which
 * clocks of two hosts, set to 0 when each began, do not by chance, the offset is 0.
 *
 * @param errorNs what the offset may be wrong by
 */
record ClockOffset(long offsetNs, long errorNs) {
    static final ClockOffset NONE = new ClockOffset(0, 0);

    private static final int ROUNDS = 32;

    /** All ranks together. @return on rank 0 that of each rank; elsewhere nothing of use */
    static ClockOffset[] measure(Communicator lane) {
        ClockOffset[] best = new ClockOffset[lane.size()];
        Arrays.fill(best, new ClockOffset(0, Long.MAX_VALUE));
        if (lane.size() > 1) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment word = arena.allocate(JAVA_LONG);
                MemorySegment all = arena.allocate(JAVA_LONG, lane.size());
                for (int round = 0; round < ROUNDS; round++) {
                    long t0 = System.nanoTime();
                    lane.broadcast(word, 0).await();
                    word.set(JAVA_LONG, 0, System.nanoTime());
                    lane.allGather(word, all).await();
                    long t1 = System.nanoTime();
                    for (int rank = 0; rank < best.length; rank++) {
                        best[rank] = better(best[rank], of(all.getAtIndex(JAVA_LONG, rank), t0, t1));
                    }
                }
            }
        }
        best[0] = NONE;
        return best;
    }

    /** From one round. */
    static ClockOffset of(long readNs, long t0, long t1) {
        long half = (t1 - t0) / 2;
        boolean same = readNs - t0 >= 0 && t1 - readNs >= 0;
        return same ? new ClockOffset(0, half) : new ClockOffset(readNs - (t0 + half), half);
    }

    private static ClockOffset better(ClockOffset one, ClockOffset other) {
        return other.errorNs < one.errorNs ? other : one;
    }
}
