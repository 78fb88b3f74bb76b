package io.witan.runtime.trace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.collectives.Communicator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Brings the timelines of all ranks to rank 0. */
public final class TraceCollector {
    private TraceCollector() {}

    /**
     * All ranks together, between steps; all with a timeline that is on, or none.
     *
     * @param lane whose operations are all done
     * @return the run's, on rank 0 and if a step was recorded; empty elsewhere
     */
    public static Optional<RunTrace> collect(Communicator lane, Timeline timeline) {
        if (!timeline.isOn()) {
            return Optional.empty();
        }
        ClockOffset[] clocks = ClockOffset.measure(lane);
        List<byte[]> recorded = gather(lane, timeline.toBytes());
        if (lane.rank() > 0) {
            return Optional.empty();
        }
        List<RankTrace> ranks = new ArrayList<>();
        for (int rank = 0; rank < recorded.size(); rank++) {
            ranks.add(new RankTrace(rank, clocks[rank], recorded.get(rank)));
        }
        RunTrace trace = new RunTrace(lane.topology(), ranks);
        return trace.steps().isEmpty() ? Optional.empty() : Optional.of(trace);
    }

    /** @return on rank 0 what each rank has; elsewhere nothing */
    private static List<byte[]> gather(Communicator lane, byte[] own) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment lengths = arena.allocate(JAVA_LONG, lane.size());
            lane.allGather(arena.allocateFrom(JAVA_LONG, own.length), lengths).await();
            boolean first = lane.rank() == 0;
            long[] sends = new long[lane.size()];
            sends[0] = own.length;
            long[] receives = first ? lengths.toArray(JAVA_LONG) : new long[lane.size()];
            MemorySegment all = arena.allocate(Arrays.stream(receives).sum());
            lane.allToAllV(arena.allocateFrom(JAVA_BYTE, own), sends, all, receives)
                    .await();
            List<byte[]> parts = new ArrayList<>();
            long at = 0;
            for (long length : first ? receives : new long[0]) {
                parts.add(all.asSlice(at, length).toArray(JAVA_BYTE));
                at += length;
            }
            return parts;
        }
    }
}
