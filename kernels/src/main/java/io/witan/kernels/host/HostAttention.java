package io.witan.kernels.host;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * One (sequence, head) pair after another ({@link HeadAttention}). In backward a thread takes all heads that share keys and values, one after
 * the other: the first overwrites the gradients of keys and values, the rest add.
 */
final class HostAttention implements AttentionKernel {
    private final HeadThreads threads;

    HostAttention(Workers workers, Scratch scratch, ThreadGemms gemms) {
        this.threads = new HeadThreads(workers, scratch, gemms);
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
        run(shape, 1, 1, (from, to, room) -> {
            for (int pair = from; pair < to; pair++) {
                new Pair(shape, pair).attention(qkv, out, saved, room).forward();
            }
        });
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
        int group = shape.heads() / shape.kvHeads();
        run(shape, group, 2, (from, to, room) -> {
            for (int pair = from * group; pair < to * group; pair++) {
                Pair head = new Pair(shape, pair);
                head.attention(qkv, out, saved, room)
                        .backward(new HeadAttention.Gradients(
                                head.mixed(dOut),
                                head.queries(dQkv),
                                head.keys(dQkv),
                                head.values(dQkv),
                                pair % group == 0 ? 0f : 1f));
            }
        });
    }

    /** Units of {@code group} neighbouring heads, with scratch for so many blocks of scores. */
    private void run(Shape shape, int group, int blocks, HeadThreads.Task task) {
        boolean isEmpty = shape.positions() == 0 || shape.width() == 0;
        int units = isEmpty ? 0 : Math.multiplyExact(shape.sequences(), shape.heads()) / group;
        long work = (long) group * shape.positions() * shape.positions();
        threads.run(units, unit -> unit * work, shape.positions(), blocks, task);
    }

    /** A head of a sequence, by its number among all. */
    private record Pair(Shape shape, int sequence, int head) {
        Pair(Shape shape, int pair) {
            this(shape, pair / shape.heads(), pair % shape.heads());
        }

        HeadAttention attention(MemorySegment qkv, MemorySegment out, MemorySegment saved, HeadThreads.Room room) {
            long firstRow = ((long) sequence * shape.heads() + head) * shape.positions();
            return new HeadAttention(
                    queries(qkv),
                    keys(qkv),
                    values(qkv),
                    mixed(out),
                    saved.address() + 8L * firstRow,
                    Reach.CAUSAL,
                    room);
        }

        /** [S, D/H]: this head's channels of rows [S, D]. */
        Matrix mixed(MemorySegment memory) {
            return channels(memory, shape.width(), head * shape.headWidth());
        }

        /** [S, D/H], like the keys and values of this head. */
        Matrix queries(MemorySegment qkv) {
            return channels(qkv, shape.rowWidth(), head * shape.headWidth());
        }

        Matrix keys(MemorySegment qkv) {
            return channels(qkv, shape.rowWidth(), shape.width() + kvHead() * shape.headWidth());
        }

        Matrix values(MemorySegment qkv) {
            return channels(qkv, shape.rowWidth(), shape.width() + shape.kvWidth() + kvHead() * shape.headWidth());
        }

        private int kvHead() {
            return head / (shape.heads() / shape.kvHeads());
        }

        private Matrix channels(MemorySegment memory, int leading, int channel) {
            long first = (long) sequence * shape.positions() * leading + channel;
            return Matrix.strided(memory, first, shape.positions(), shape.headWidth(), leading);
        }
    }
}
