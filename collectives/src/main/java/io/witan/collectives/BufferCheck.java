package io.witan.collectives;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Refuses arguments that no rank could make sense of, before anything is sent. */
final class BufferCheck {
    private final Thread progressThread;
    private final int rankCount;

    BufferCheck(Thread progressThread, int rankCount) {
        this.progressThread = progressThread;
        this.rankCount = rankCount;
    }

    void rank(String name, int rank) {
        if (rank < 0 || rank >= rankCount) {
            throw new IllegalArgumentException(name + " " + rank + " is not a rank in 0.." + (rankCount - 1));
        }
    }

    void readable(String name, MemorySegment buffer) {
        if (!buffer.scope().isAlive()) {
            throw new IllegalArgumentException(name + " is memory that was freed");
        }
        if (!buffer.isAccessibleBy(progressThread)) {
            throw new IllegalArgumentException(
                    name + " belongs to a confined arena; collectives need memory that any thread may touch");
        }
    }

    void writable(String name, MemorySegment buffer) {
        readable(name, buffer);
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only");
        }
    }

    void elements(String name, long bytes, ElementType type) {
        if (bytes % type.bytes() != 0) {
            throw new IllegalArgumentException(
                    name + " has " + bytes + " B, which is no whole number of " + type + " elements");
        }
    }

    void room(String name, MemorySegment buffer, long bytes) {
        if (buffer.byteSize() < bytes) {
            throw new IllegalArgumentException(
                    name + " has " + buffer.byteSize() + " B, its parts need " + bytes + " B");
        }
    }

    /**
     * Input and result may lie together in that place only: elsewhere, what is written early would be read late.
     *
     * @param at where in the whole the part may begin
     */
    void inPlaceOrApart(String name, MemorySegment part, String wholeName, MemorySegment whole, long at) {
        if (part.address() != whole.address() + at) {
            apart(name, part, wholeName, whole);
        }
    }

    void apart(String name, MemorySegment buffer, String otherName, MemorySegment other) {
        if (buffer.byteSize() > 0 && buffer.asOverlappingSlice(other).isPresent()) {
            throw new IllegalArgumentException(
                    name + " and " + otherName + " overlap where this operation does not allow it");
        }
    }

    /** A copy of one length a rank. */
    long[] parts(String name, long[] bytes) {
        if (bytes.length != rankCount) {
            throw new IllegalArgumentException(name + " has " + bytes.length + " lengths for " + rankCount + " ranks");
        }
        for (long part : bytes) {
            if (part < 0) {
                throw new IllegalArgumentException(name + " has a negative length " + part);
            }
        }
        return bytes.clone();
    }

    /** A copy of one part of the buffer a rank. */
    Parts parts(String name, Parts parts, MemorySegment buffer) {
        long[] bytes = parts(name, parts.bytes());
        long[] at = parts(name, parts.at());
        for (int r = 0; r < rankCount; r++) {
            if (at[r] > buffer.byteSize() - bytes[r]) {
                throw new IllegalArgumentException(name + ": part " + r + " is " + bytes[r] + " B at " + at[r]
                        + " of a buffer of " + buffer.byteSize() + " B");
            }
        }
        return new Parts(at, bytes);
    }

    void disjoint(String name, Parts parts) {
        int[] order = IntStream.range(0, rankCount)
                .filter(r -> parts.bytes()[r] > 0)
                .boxed()
                .sorted(Comparator.comparingLong(r -> parts.at()[r]))
                .mapToInt(r -> r)
                .toArray();
        for (int i = 1; i < order.length; i++) {
            int before = order[i - 1];
            if (parts.at()[before] + parts.bytes()[before] > parts.at()[order[i]]) {
                throw new IllegalArgumentException(name + ": parts " + before + " and " + order[i]
                        + " overlap where this operation does not allow it");
            }
        }
    }

    /** One part of that length from each rank. */
    void equalParts(String name, MemorySegment buffer, long part) {
        if (buffer.byteSize() % rankCount != 0 || buffer.byteSize() / rankCount != part) {
            throw new IllegalArgumentException(
                    name + " has " + buffer.byteSize() + " B, it must have " + rankCount + " parts of " + part + " B");
        }
    }

    /** Where a rank's part begins. */
    static long start(long[] parts, int rank) {
        long at = 0;
        for (int r = 0; r < rank; r++) {
            at += parts[r];
        }
        return at;
    }

    /** Of lengths that are not negative. */
    static long total(long[] parts) {
        long total = 0;
        for (long part : parts) {
            if (part > Long.MAX_VALUE - total) {
                throw new IllegalArgumentException("lengths " + Arrays.toString(parts) + " add up to 2^63 B or more");
            }
            total += part;
        }
        return total;
    }
}
