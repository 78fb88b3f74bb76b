package io.witan.runtime.moe.exchange;

import java.lang.foreign.MemorySegment;

/** Rows of many pairs of ranks in one piece of memory, taken out in another order than they lie in. */
final class RowParcel {
    private final MemorySegment rows;
    private final long rowBytes;
    private final long[][] begin;
    private final int[][] count;
    private long end;

    /**
     * @param rows where they lie
     * @param ranks R
     */
    RowParcel(MemorySegment rows, long rowBytes, int ranks) {
        this.rows = rows;
        this.rowBytes = rowBytes;
        this.begin = new long[ranks][];
        this.count = new int[ranks][];
    }

    /** Says that the rows of a pair come next. */
    void lie(int source, int target, int number) {
        lie(source, target, number, end / rowBytes);
    }

    /** Says where the rows of a pair begin. */
    void lie(int source, int target, int number, long firstRow) {
        if (begin[source] == null) {
            begin[source] = new long[begin.length];
            count[source] = new int[begin.length];
        }
        begin[source][target] = firstRow * rowBytes;
        count[source][target] = number;
        end = (firstRow + number) * rowBytes;
    }

    /**
     * Copies the rows of a pair.
     *
     * @return the end of the copy
     */
    long copy(int source, int target, MemorySegment to, long offset) {
        if (count[source] == null || count[source][target] == 0) {
            return offset;
        }
        long bytes = count[source][target] * rowBytes;
        MemorySegment.copy(rows, begin[source][target], to, offset, bytes);
        return offset + bytes;
    }
}
