package io.witan.benchmarks.collectives;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What every element must be: a whole number made of seed, operation, rank and index. They are so small that the sum over all
 * ranks is exact in the element's type, so each bit can be checked. Immutable.
 *
 * @param most largest value of a rank
 */
record ExpectedValues(long seed, BenchOp op, int ranks, BenchType type, int most) {
    /** The source of a piece that is the sum over all ranks. */
    static final int ALL_RANKS = -1;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int MOST = 1023;

    /**
     * A run of elements in a buffer.
     *
     * @param at first element in the buffer
     * @param count elements
     * @param source rank whose values they are, or {@link #ALL_RANKS}
     * @param firstIndex index of the first in the source's numbering
     */
    record Piece(long at, long count, int source, long firstIndex) {}

    static ExpectedValues of(long seed, BenchOp op, int ranks, BenchType type) {
        return new ExpectedValues(
                seed, op, ranks, type, Math.min(MOST, op.reduces() ? type.exact() / ranks : type.exact()));
    }

    int value(int rank, long index) {
        long mixed = (seed + GOLDEN * (op.ordinal() + 1)) ^ (index * 0xD1342543DE82EF95L + rank * GOLDEN);
        mixed = (mixed ^ (mixed >>> 32)) * 0xBF58476D1CE4E5B9L;
        return (int) ((mixed >>> 32) * (most + 1) >>> 32);
    }

    void fill(MemorySegment buffer, List<Piece> pieces) {
        for (Piece piece : pieces) {
            for (long i = 0; i < piece.count(); i++) {
                type.set(buffer, piece.at() + i, type.bitsOf(expected(piece, i)));
            }
        }
    }

    /** Elements that differ in any bit from what they must be. */
    long wrong(MemorySegment buffer, List<Piece> pieces) {
        long wrong = 0;
        for (Piece piece : pieces) {
            for (long i = 0; i < piece.count(); i++) {
                wrong += type.get(buffer, piece.at() + i) == type.bitsOf(expected(piece, i)) ? 0 : 1;
            }
        }
        return wrong;
    }

    private int expected(Piece piece, long i) {
        if (piece.source() != ALL_RANKS) {
            return value(piece.source(), piece.firstIndex() + i);
        }
        int sum = 0;
        for (int rank = 0; rank < ranks; rank++) {
            sum += value(rank, piece.firstIndex() + i);
        }
        return sum;
    }
}
