package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.EmbeddingKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.VectorMask;

/** Forward splits over tokens; backward over columns, so that repeated ids meet on one thread, in token order. */
final class HostEmbedding implements EmbeddingKernel {
    private final Workers workers;

    HostEmbedding(Workers workers) {
        this.workers = workers;
    }

    @Override
    public void forward(
            MemorySegment ids,
            MemorySegment token,
            MemorySegment position,
            MemorySegment out,
            int tokens,
            int positions,
            int cols) {
        checkSizes(tokens, positions, cols);
        Operand.in("embedding token", token, 0);
        Operand.indices("embedding ids", ids, tokens, 0, Operand.rowsOf(token, cols));
        boolean placed = !position.equals(MemorySegment.NULL);
        Operand.in("embedding position", position, placed ? (long) Math.min(tokens, positions) * cols : 0);
        Operand.out("embedding out", out, (long) tokens * cols);
        workers.rows(tokens, cols, (from, to) -> {
            for (long t = from; t < to; t++) {
                long word = token.address() + 4L * cols * Lanes.getInt(ids.address() + 4 * t);
                long sum = out.address() + 4 * t * cols;
                if (!placed) {
                    Lanes.copy(word, sum, 4L * cols);
                    continue;
                }
                long place = position.address() + 4L * cols * (t % positions);
                for (int c = 0; c < cols; c += COUNT) {
                    VectorMask<Float> mask = SPECIES.indexInRange(0, cols - c);
                    fromMemorySegment(SPECIES, MEMORY, word + 4L * c, ORDER, mask)
                            .add(fromMemorySegment(SPECIES, MEMORY, place + 4L * c, ORDER, mask))
                            .intoMemorySegment(MEMORY, sum + 4L * c, ORDER, mask);
                }
            }
        });
    }

    @Override
    public void backward(
            MemorySegment ids,
            MemorySegment dOut,
            MemorySegment dToken,
            MemorySegment dPosition,
            int tokens,
            int positions,
            int cols) {
        checkSizes(tokens, positions, cols);
        Operand.out("embedding dToken", dToken, 0);
        Operand.indices("embedding ids", ids, tokens, 0, Operand.rowsOf(dToken, cols));
        Operand.in("embedding dOut", dOut, (long) tokens * cols);
        boolean placed = !dPosition.equals(MemorySegment.NULL);
        Operand.out("embedding dPosition", dPosition, placed ? (long) Math.min(tokens, positions) * cols : 0);
        int vectors = tokens == 0 ? 0 : (cols + COUNT - 1) / COUNT;
        workers.rows(vectors, 2L * COUNT * tokens, (from, to) -> {
            int begin = (int) from * COUNT;
            int end = (int) Math.min(cols, to * COUNT);
            for (int t = 0; t < tokens; t++) {
                long gradient = dOut.address() + 4L * t * cols;
                long word = dToken.address() + 4L * cols * Lanes.getInt(ids.address() + 4L * t);
                addColumns(gradient, word, begin, end);
                if (placed) {
                    addColumns(gradient, dPosition.address() + 4L * cols * (t % positions), begin, end);
                }
            }
        });
    }

    private static void addColumns(long from, long to, int begin, int end) {
        for (int c = begin; c < end; c += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, end - c);
            fromMemorySegment(SPECIES, MEMORY, to + 4L * c, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, from + 4L * c, ORDER, mask))
                    .intoMemorySegment(MEMORY, to + 4L * c, ORDER, mask);
        }
    }

    private static void checkSizes(int tokens, int positions, int cols) {
        Operand.size("embedding tokens", tokens);
        Operand.size("embedding cols", cols);
        Operand.positive("embedding positions", positions);
    }
}
