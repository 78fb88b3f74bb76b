package io.witan.benchmarks.collectives;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * What every element must be: a whole number in 0..1023 made of seed, operation, rank and index, so that sums over up to 16
 * thousand ranks are exact in fp32 and each bit can be checked. Immutable.
 */
record ExpectedValues(long seed, BenchOp op, int ranks) {
    /** The source of a piece that is the sum over all ranks. */
    static final int ALL_RANKS = -1;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final int BITS = 10;

    /**
     * A run of elements in a buffer.
     *
     * @param at first element in the buffer
     * @param count elements
     * @param source rank whose values they are, or {@link #ALL_RANKS}
     * @param firstIndex index of the first in the source's numbering
     */
    record Piece(long at, long count, int source, long firstIndex) {}

    float value(int rank, long index) {
        long mixed = (seed + GOLDEN * (op.ordinal() + 1)) ^ (index * 0xD1342543DE82EF95L + rank * GOLDEN);
        mixed = (mixed ^ (mixed >>> 32)) * 0xBF58476D1CE4E5B9L;
        return mixed >>> (Long.SIZE - BITS);
    }

    void fill(MemorySegment buffer, List<Piece> pieces) {
        for (Piece piece : pieces) {
            for (long i = 0; i < piece.count(); i++) {
                buffer.setAtIndex(ValueLayout.JAVA_FLOAT, piece.at() + i, expected(piece, i));
            }
        }
    }

    /** Elements that differ in any bit from what they must be. */
    long wrong(MemorySegment buffer, List<Piece> pieces) {
        long wrong = 0;
        for (Piece piece : pieces) {
            for (long i = 0; i < piece.count(); i++) {
                int found = buffer.getAtIndex(ValueLayout.JAVA_INT, piece.at() + i);
                wrong += found == Float.floatToRawIntBits(expected(piece, i)) ? 0 : 1;
            }
        }
        return wrong;
    }

    private float expected(Piece piece, long i) {
        if (piece.source() != ALL_RANKS) {
            return value(piece.source(), piece.firstIndex() + i);
        }
        float sum = 0;
        for (int rank = 0; rank < ranks; rank++) {
            sum += value(rank, piece.firstIndex() + i);
        }
        return sum;
    }
}
