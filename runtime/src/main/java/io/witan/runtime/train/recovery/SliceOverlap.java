package io.witan.runtime.train.recovery;

import io.witan.scheduler.plan.ExpertSlices;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How the slices of an expert over one number of ranks lie to those over another.
 *
 * @param expertLength parameters of the expert
 * @param saved ranks over which it was cut
 * @param ranks over which it is cut now
 */
record SliceOverlap(long expertLength, int saved, int ranks) {
    /** Parameters of a slice as it was cut. */
    long savedLength() {
        return new ExpertSlices(1, saved).sliceLength(expertLength);
    }

    private long length() {
        return new ExpertSlices(1, ranks).sliceLength(expertLength);
    }

    /** Parameters of a rank's slice that are no filling. */
    private long real(int rank) {
        return Math.clamp(expertLength - rank * length(), 0, length());
    }

    /** The first of the slices that were saved of which a rank's slice has something. */
    int first(int rank) {
        return (int) Math.min(rank * length() / savedLength(), saved - 1);
    }

    /** The last of them; below the first if a rank's slice is nothing but filling. */
    int last(int rank) {
        return real(rank) == 0 ? first(rank) - 1 : (int) ((rank * length() + real(rank) - 1) / savedLength());
    }

    /** For each slice that was saved, the ranks whose slices have something of it. */
    int[][] wanted() {
        List<int[]> wanted = new ArrayList<>();
        for (int slice = 0; slice < saved; slice++) {
            int of = slice;
            wanted.add(IntStream.range(0, ranks)
                    .filter(rank -> first(rank) <= of && of <= last(rank))
                    .toArray());
        }
        return wanted.toArray(int[][]::new);
    }

    /**
     * Copies a rank's slice, and fills up with zeroes.
     *
     * @param from slices first .. last, one behind the other; fp32
     */
    void take(int rank, MemorySegment from, MemorySegment to) {
        long bytes = real(rank) * Float.BYTES;
        to.fill((byte) 0);
        if (bytes > 0) {
            long offset = (rank * length() - first(rank) * savedLength()) * Float.BYTES;
            MemorySegment.copy(from, offset, to, 0, bytes);
        }
    }
}
