package io.witan.runtime.train.recovery;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.plan.ExpertSlices;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SliceOverlapPropertyTest {
    /** An expert that is cut, sent as wanted and put together again is the same, its filling zero. */
    @Property
    void slicesOverOneNumberOfRanksBecomeThoseOverAnother(
            @ForAll @IntRange(min = 1, max = 60) int expertLength,
            @ForAll @IntRange(min = 1, max = 9) int saved,
            @ForAll @IntRange(min = 1, max = 9) int ranks) {
        SliceOverlap overlap = new SliceOverlap(expertLength, saved, ranks);
        int old = (int) new ExpertSlices(1, saved).sliceLength(expertLength);
        int now = (int) new ExpertSlices(1, ranks).sliceLength(expertLength);
        float[] whole = new float[Math.max(old * saved, now * ranks)];
        for (int i = 0; i < expertLength; i++) {
            whole[i] = i + 1;
        }
        try (Arena arena = Arena.ofConfined()) {
            for (int rank = 0; rank < ranks; rank++) {
                int first = overlap.first(rank);
                int last = overlap.last(rank);
                MemorySegment room = arena.allocate((last - first + 1L) * old * Float.BYTES, Float.BYTES);
                for (int slice = 0; slice < saved; slice++) {
                    boolean sent = contains(overlap.wanted()[slice], rank);
                    assertThat(sent).isEqualTo(slice >= first && slice <= last);
                    if (sent) {
                        MemorySegment.copy(
                                whole, slice * old, room, JAVA_FLOAT, (slice - first) * (long) old * Float.BYTES, old);
                    }
                }
                MemorySegment own = arena.allocate((long) now * Float.BYTES, Float.BYTES);
                own.fill((byte) 9);
                overlap.take(rank, room, own);
                for (int i = 0; i < now; i++) {
                    assertThat(own.getAtIndex(JAVA_FLOAT, i)).isEqualTo(whole[rank * now + i]);
                }
            }
        }
    }

    private static boolean contains(int[] ranks, int rank) {
        for (int other : ranks) {
            if (other == rank) {
                return true;
            }
        }
        return false;
    }
}
