package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Attention of one head of one sequence, of m queries and n keys, in blocks of {@value #BLOCK} query rows on one thread: causal, a block needs
 * the keys up to its last row only. Forward saves, a row, the largest score and the reciprocal sum of the exponentials; backward computes the
 * scores again with the same calls, so that its probabilities are those of forward to the bit.
 *
 * @param queries [m, w]
 * @param keys [n, w]
 * @param values [n, w]
 * @param out [m, w]
 * @param statistics address of 2 m floats
 */
record HeadAttention(
        Matrix queries, Matrix keys, Matrix values, Matrix out, long statistics, Reach reach, HeadThreads.Room room) {
    static final int BLOCK = 64;

    /**
     * The gradients of one head; out but for the first.
     *
     * @param keysAndValues factor on what is there: 0 overwrites, 1 adds
     */
    record Gradients(Matrix dOut, Matrix queries, Matrix keys, Matrix values, float keysAndValues) {}

    /** Keys that the rows before {@code to} see. */
    private int reach(int to) {
        return reach == Reach.CAUSAL ? to : keys.rows();
    }

    private float scale() {
        return (float) (1 / Math.sqrt(queries.cols()));
    }

    void forward() {
        if (keys.rows() == 0) {
            out.scale(0);
            return;
        }
        for (int from = 0; from < queries.rows(); from += BLOCK) {
            forwardBlock(from, Math.min(queries.rows(), from + BLOCK));
        }
    }

    private void forwardBlock(int from, int to) {
        int reach = reach(to);
        Matrix scores = scores(from, to);
        for (int row = from; row < to; row++) {
            long s = scores.address() + 4L * (row - from) * reach;
            int n = reach(row + 1);
            float max = Rows.max(s, n);
            float sum = Rows.exp(s, s, max, n, room.pad());
            Lanes.zero(s + 4L * n, 4L * (reach - n));
            Lanes.set(statistics + 8L * row, max);
            Lanes.set(statistics + 8L * row + 4, 1f / sum);
        }
        Matrix o = out.rowRange(from, to);
        room.multiply(scores, values.rowRange(0, reach), o, 1f, 0f);
        for (int row = from; row < to; row++) {
            long address = o.address() + 4L * (row - from) * o.leading();
            Rows.scale(address, Lanes.get(statistics + 8L * row + 4), o.cols());
        }
    }

    void backward(Gradients gradients) {
        if (keys.rows() == 0 || queries.rows() == 0) {
            gradients.queries.scale(0);
            gradients.keys.scale(gradients.keysAndValues);
            gradients.values.scale(gradients.keysAndValues);
            return;
        }
        // From the last block, which reaches every key, so that it can overwrite.
        int last = (queries.rows() - 1) / BLOCK;
        for (int block = last; block >= 0; block--) {
            int from = block * BLOCK;
            float beta = block == last ? gradients.keysAndValues : 1f;
            backwardBlock(gradients, from, Math.min(queries.rows(), from + BLOCK), beta);
        }
    }

    private void backwardBlock(Gradients gradients, int from, int to, float beta) {
        int reach = reach(to);
        Matrix dOut = gradients.dOut.rowRange(from, to);
        Matrix scores = scores(from, to);
        Matrix dScores = room.block(1, to - from, reach, keys.rows());
        room.multiply(dOut, values.rowRange(0, reach).transposed(), dScores, 1f, 0f);
        for (int row = from; row < to; row++) {
            long at = 4L * (row - from) * reach;
            softmaxGradient(gradients.dOut, row, scores.address() + at, dScores.address() + at, reach);
        }
        room.multiply(scores.transposed(), dOut, gradients.values.rowRange(0, reach), 1f, beta);
        room.multiply(
                dScores.transposed(), queries.rowRange(from, to), gradients.keys.rowRange(0, reach), scale(), beta);
        room.multiply(dScores, keys.rowRange(0, reach), gradients.queries.rowRange(from, to), scale(), 0f);
    }

    /** Scores at s become probabilities p, dScores at d become p * (dScores - dOut . out); 0 after the keys that the row sees. */
    private void softmaxGradient(Matrix dOut, int row, long s, long d, int reach) {
        float max = Lanes.get(statistics + 8L * row);
        float reciprocal = Lanes.get(statistics + 8L * row + 4);
        float delta = Rows.dot(
                out.address() + 4L * row * out.leading(), dOut.address() + 4L * row * dOut.leading(), out.cols());
        int n = reach(row + 1);
        Rows.exp(s, s, max, n, room.pad());
        for (int j = 0; j < n; j += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - j);
            FloatVector p =
                    fromMemorySegment(SPECIES, MEMORY, s + 4L * j, ORDER, mask).mul(reciprocal);
            p.intoMemorySegment(MEMORY, s + 4L * j, ORDER, mask);
            p.mul(fromMemorySegment(SPECIES, MEMORY, d + 4L * j, ORDER, mask).sub(delta))
                    .intoMemorySegment(MEMORY, d + 4L * j, ORDER, mask);
        }
        Lanes.zero(s + 4L * n, 4L * (reach - n));
        Lanes.zero(d + 4L * n, 4L * (reach - n));
    }

    /** [to - from, keys that they see], in the thread's room. */
    private Matrix scores(int from, int to) {
        int reach = reach(to);
        Matrix scores = room.block(0, to - from, reach, keys.rows());
        room.multiply(queries.rowRange(from, to), keys.rowRange(0, reach).transposed(), scores, scale(), 0f);
        return scores;
    }
}
