package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * One (sequence, head) pair after another, in blocks of {@value #BLOCK} query rows: a block needs the keys up to its last
 * row only. In backward a thread takes all heads that share keys and values, one after the other. Forward saves, a row, the largest score and the reciprocal sum of the exponentials; backward computes the
 * scores again with the same calls, so that its probabilities are those of forward to the bit.
 */
final class HostAttention implements AttentionKernel {
    private static final int BLOCK = 64;

    private final Workers workers;
    private final Scratch scratch;
    private final ThreadGemms gemms;

    HostAttention(Workers workers, Scratch scratch, ThreadGemms gemms) {
        this.workers = workers;
        this.scratch = scratch;
        this.gemms = gemms;
    }

    @Override
    public long savedFloats(Shape shape) {
        return 2L * shape.sequences() * shape.heads() * shape.positions();
    }

    @Override
    public void forward(MemorySegment qkv, MemorySegment out, MemorySegment saved, Shape shape) {
        long tokens = (long) shape.sequences() * shape.positions();
        Operand.out("attention saved", saved, savedFloats(shape));
        Operand.in("attention qkv", qkv, tokens * shape.rowWidth());
        Operand.out("attention out", out, tokens * shape.width());
        heads(shape, 1, 1, head -> {
            for (int from = 0; from < shape.positions(); from += BLOCK) {
                forwardBlock(head, qkv, out, saved, from, Math.min(shape.positions(), from + BLOCK));
            }
        });
    }

    private static void forwardBlock(
            Head head, MemorySegment qkv, MemorySegment out, MemorySegment saved, int from, int to) {
        Matrix scores = head.scores(qkv, from, to);
        long statistics = saved.address() + 8L * head.firstRow();
        for (int row = from; row < to; row++) {
            long s = scores.memory().address() + scores.offset() + 4L * (row - from) * to;
            float max = Rows.max(s, row + 1);
            float sum = Rows.exp(s, s, max, row + 1, head.pad);
            Lanes.zero(s + 4L * (row + 1), 4L * (to - row - 1));
            Lanes.set(statistics + 8L * row, max);
            Lanes.set(statistics + 8L * row + 4, 1f / sum);
        }
        Matrix o = head.mixed(out).rowRange(from, to);
        head.multiply(scores, head.values(qkv).rowRange(0, to), o, 1f, 0f);
        for (int row = from; row < to; row++) {
            long address = out.address() + o.offset() + 4L * (row - from) * o.leading();
            Rows.scale(address, Lanes.get(statistics + 8L * row + 4), o.cols());
        }
    }

    @Override
    public void backward(
            MemorySegment qkv,
            MemorySegment out,
            MemorySegment saved,
            MemorySegment dOut,
            MemorySegment dQkv,
            Shape shape) {
        long tokens = (long) shape.sequences() * shape.positions();
        Operand.in("attention saved", saved, savedFloats(shape));
        Operand.in("attention qkv", qkv, tokens * shape.rowWidth());
        Operand.in("attention out", out, tokens * shape.width());
        Operand.in("attention dOut", dOut, tokens * shape.width());
        Operand.out("attention dQkv", dQkv, tokens * shape.rowWidth());
        Tensors tensors = new Tensors(qkv, out, saved, dOut, dQkv);
        int blocks = (shape.positions() + BLOCK - 1) / BLOCK;
        heads(shape, shape.heads() / shape.kvHeads(), 2, head -> {
            // From the last block, which reaches every key: the first head's overwrites the gradients of keys and
            // values, the rest add.
            for (int block = blocks - 1; block >= 0; block--) {
                int from = block * BLOCK;
                float beta = head.isFirstOfGroup() && block == blocks - 1 ? 0f : 1f;
                backwardBlock(head, tensors, from, Math.min(shape.positions(), from + BLOCK), beta);
            }
        });
    }

    private record Tensors(
            MemorySegment qkv, MemorySegment out, MemorySegment saved, MemorySegment dOut, MemorySegment dQkv) {}

    private static void backwardBlock(Head head, Tensors t, int from, int to, float beta) {
        Matrix keys = head.keys(t.qkv).rowRange(0, to);
        Matrix values = head.values(t.qkv).rowRange(0, to);
        Matrix queries = head.queries(t.qkv).rowRange(from, to);
        Matrix dOut = head.mixed(t.dOut).rowRange(from, to);

        Matrix scores = head.scores(t.qkv, from, to);
        Matrix dScores = head.block(1, from, to);
        head.multiply(dOut, values.transposed(), dScores, 1f, 0f);
        for (int row = from; row < to; row++) {
            softmaxGradient(head, t, row, from, to);
        }
        head.multiply(scores.transposed(), dOut, head.values(t.dQkv).rowRange(0, to), 1f, beta);
        head.multiply(dScores.transposed(), queries, head.keys(t.dQkv).rowRange(0, to), head.scale(), beta);
        head.multiply(dScores, keys, head.queries(t.dQkv).rowRange(from, to), head.scale(), 0f);
    }

    /** scores become probabilities p, dScores become p * (dScores - dOut . out); 0 after the row's own position. */
    private static void softmaxGradient(Head head, Tensors t, int row, int from, int to) {
        long s = head.block(0, from, to).rowRange(row - from, row - from + 1).offset() + head.scratch.address();
        long d = head.block(1, from, to).rowRange(row - from, row - from + 1).offset() + head.scratch.address();
        long statistics = t.saved.address() + 8L * (head.firstRow() + row);
        float max = Lanes.get(statistics);
        float reciprocal = Lanes.get(statistics + 4);
        Matrix o = head.mixed(t.out);
        long token = o.offset() + 4L * row * o.leading();
        float delta = Rows.dot(t.out.address() + token, t.dOut.address() + token, o.cols());
        int n = row + 1;
        Rows.exp(s, s, max, n, head.pad);
        for (int j = 0; j < n; j += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - j);
            FloatVector p =
                    fromMemorySegment(SPECIES, MEMORY, s + 4L * j, ORDER, mask).mul(reciprocal);
            p.intoMemorySegment(MEMORY, s + 4L * j, ORDER, mask);
            p.mul(fromMemorySegment(SPECIES, MEMORY, d + 4L * j, ORDER, mask).sub(delta))
                    .intoMemorySegment(MEMORY, d + 4L * j, ORDER, mask);
        }
        Lanes.zero(s + 4L * n, 4L * (to - n));
        Lanes.zero(d + 4L * n, 4L * (to - n));
    }

    private interface HeadTask {
        void run(Head head);
    }

    /** Runs a task for every (sequence, head), groups of neighbours on one thread in their order, with scratch for so many [BLOCK, S] blocks. */
    private void heads(Shape shape, int group, int blocks, HeadTask task) {
        long floats = (long) blocks * BLOCK * shape.positions();
        MemorySegment memory = scratch.floats(floats * workers.threads());
        long groups =
                shape.positions() == 0 || shape.width() == 0 ? 0 : (long) shape.sequences() * shape.heads() / group;
        long work = (long) group * shape.positions() * shape.positions();
        int parts = (int) Math.max(1, Math.min(workers.threads(), Math.min(groups, groups * work / BLOCK)));
        workers.run(parts, part -> {
            for (long pair = groups * part / parts * group; pair < groups * (part + 1) / parts * group; pair++) {
                task.run(new Head(
                        shape,
                        (int) (pair / shape.heads()),
                        (int) (pair % shape.heads()),
                        memory,
                        part * floats,
                        scratch.block(part),
                        gemms,
                        part));
            }
        });
    }

    /** One head of one sequence, and the scratch of the thread that works on it. */
    private record Head(
            Shape shape,
            int sequence,
            int head,
            MemorySegment scratch,
            long firstScratch,
            long pad,
            ThreadGemms gemms,
            int part) {
        void multiply(Matrix a, Matrix b, Matrix c, float alpha, float beta) {
            gemms.multiply(part, a, b, c, alpha, beta);
        }

        int headWidth() {
            return shape.headWidth();
        }

        float scale() {
            return (float) (1 / Math.sqrt(headWidth()));
        }

        /** Row of the saved statistics that belongs to position 0. */
        long firstRow() {
            return ((long) sequence * shape.heads() + head) * shape.positions();
        }

        /** Of the heads that share keys and values. */
        boolean isFirstOfGroup() {
            return head % (shape.heads() / shape.kvHeads()) == 0;
        }

        /** [S, D/H]: this head's channels of rows [S, D]. */
        Matrix mixed(MemorySegment memory) {
            return channels(memory, shape.width(), head * headWidth());
        }

        /** [S, D/H], like the keys and values of this head. */
        Matrix queries(MemorySegment qkv) {
            return channels(qkv, shape.rowWidth(), head * headWidth());
        }

        Matrix keys(MemorySegment qkv) {
            return channels(qkv, shape.rowWidth(), shape.width() + kvHead() * headWidth());
        }

        Matrix values(MemorySegment qkv) {
            return channels(qkv, shape.rowWidth(), shape.width() + shape.kvWidth() + kvHead() * headWidth());
        }

        private int kvHead() {
            return head / (shape.heads() / shape.kvHeads());
        }

        private Matrix channels(MemorySegment memory, int leading, int channel) {
            long first = (long) sequence * shape.positions() * leading + channel;
            return Matrix.strided(memory, first, shape.positions(), headWidth(), leading);
        }

        /** Scratch for rows from..to-1 against keys 0..to-1. */
        Matrix block(int index, int from, int to) {
            long first = firstScratch + (long) index * BLOCK * shape.positions();
            return Matrix.strided(scratch, first, to - from, to, to);
        }

        Matrix scores(MemorySegment qkv, int from, int to) {
            Matrix scores = block(0, from, to);
            Matrix keys = keys(qkv).rowRange(0, to);
            multiply(queries(qkv).rowRange(from, to), keys.transposed(), scores, scale(), 0f);
            return scores;
        }
    }
}
