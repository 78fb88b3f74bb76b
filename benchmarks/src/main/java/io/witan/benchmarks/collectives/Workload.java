package io.witan.benchmarks.collectives;

import io.witan.benchmarks.collectives.ExpectedValues.Piece;
import io.witan.collectives.Handle;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;

/**
 * One operation with its buffers on this rank. The buffers belong to the {@link BenchMemory} that they came from.
 *
 * @param bytes the size of the line, as nccl-tests count it
 * @param count elements of a rank's part
 * @param input what this rank gives; in place it lies inside {@code result}, or is it
 * @param inputPieces what to write into the input
 * @param resultPieces what to expect in the result
 * @param views chunks of the result that are not copied into it
 * @param work what this rank must do at least
 * @param operation starts it
 */
record Workload(
        long bytes,
        long count,
        ExpectedValues values,
        MemorySegment input,
        List<Piece> inputPieces,
        MemorySegment result,
        List<Piece> resultPieces,
        ChunkViews views,
        LeastWork work,
        Supplier<Handle> operation) {
    private static final byte POISON = (byte) 0xFF;

    /** Of an operation that copies all of its result. */
    Workload(
            long bytes,
            long count,
            ExpectedValues values,
            MemorySegment input,
            List<Piece> inputPieces,
            MemorySegment result,
            List<Piece> resultPieces,
            LeastWork work,
            Supplier<Handle> operation) {
        this(bytes, count, values, input, inputPieces, result, resultPieces, ChunkViews.NONE, work, operation);
    }

    /** Writes the input, and values that cannot be expected into the rest. */
    void fill() {
        result.fill(POISON);
        values.fill(input, inputPieces);
    }

    /** Zeroes for the timed iterations: sums in place would overflow. */
    void zero() {
        input.fill((byte) 0);
        result.fill((byte) 0);
    }

    void run() {
        views.clear();
        operation.get().await();
    }

    /** Wrong elements on this rank after {@link #fill} and one {@link #run}. Peers' memory must stay as it is meanwhile. */
    long wrong() {
        return values.wrong(result, resultPieces) + views.wrong(values);
    }
}
