package io.witan.benchmarks.collectives;

import io.witan.benchmarks.collectives.ExpectedValues.Piece;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/**
 * The chunks that an operation does not copy: it leaves views of the memory where another rank of the node has them. One
 * thread.
 *
 * @param chunks as the operation takes them; it sets those that it makes views of
 * @param expected what each view must show, by chunk
 */
record ChunkViews(MemorySegment[] chunks, Map<Integer, Piece> expected) {
    static final ChunkViews NONE = new ChunkViews(new MemorySegment[0], Map.of());

    /** Forgets the views of an earlier operation. */
    void clear() {
        expected.keySet().forEach(chunk -> chunks[chunk] = null);
    }

    /** Elements that differ in any bit from what they must be; all of a view that is missing or has another length. */
    long wrong(ExpectedValues values) {
        long wrong = 0;
        for (Map.Entry<Integer, Piece> chunk : expected.entrySet()) {
            MemorySegment view = chunks[chunk.getKey()];
            Piece piece = chunk.getValue();
            boolean isWhole = view != null
                    && view.byteSize() == piece.count() * values.type().bytes();
            wrong += isWhole ? values.wrong(view, List.of(piece)) : piece.count();
        }
        return wrong;
    }
}
