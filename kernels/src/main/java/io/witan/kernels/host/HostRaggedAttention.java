package io.witan.kernels.host;

import io.witan.kernels.RaggedAttentionKernel;
import io.witan.kernels.gemm.Matrix;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** One (sequence, head) pair after another ({@link HeadAttention}); threads share them by their scores. */
final class HostRaggedAttention implements RaggedAttentionKernel {
    private final HeadThreads threads;

    HostRaggedAttention(Workers workers, Scratch scratch, ThreadGemms gemms) {
        this.threads = new HeadThreads(workers, scratch, gemms);
    }

    @Override
    public long savedFloats(Shape shape) {
        return 2L * shape.queries() * shape.heads();
    }

    @Override
    public void forward(Operands operands, Result result, Shape shape) {
        check(operands, shape, "", false);
        Operand.out("ragged attention out", result.out(), (long) shape.queries() * shape.width());
        Operand.out("ragged attention saved", result.saved(), savedFloats(shape));
        run(shape, 1, (pair, room) -> pair.attention(operands, result, room).forward());
    }

    @Override
    public void backward(Operands operands, Result result, MemorySegment dOut, Operands gradients, Shape shape) {
        check(operands, shape, "", false);
        check(gradients, shape, "d", true);
        Operand.in("ragged attention out", result.out(), (long) shape.queries() * shape.width());
        Operand.in("ragged attention dOut", dOut, (long) shape.queries() * shape.width());
        Operand.in("ragged attention saved", result.saved(), savedFloats(shape));
        run(shape, 2, (pair, room) -> pair.attention(operands, result, room)
                .backward(new HeadAttention.Gradients(
                        pair.queries(Channels.of(dOut, shape.width())),
                        pair.queries(gradients.queries()),
                        pair.keys(gradients.keys()),
                        pair.keys(gradients.values()),
                        0f)));
    }

    private static void check(Operands operands, Shape shape, String prefix, boolean written) {
        check(operands.queries(), shape.queries(), shape.width(), "ragged attention " + prefix + "queries", written);
        check(operands.keys(), shape.keys(), shape.width(), "ragged attention " + prefix + "keys", written);
        check(operands.values(), shape.keys(), shape.width(), "ragged attention " + prefix + "values", written);
    }

    private static void check(Channels channels, int rows, int width, String name, boolean written) {
        if (channels.channel() < 0 || channels.stride() < channels.channel() + width) {
            throw new IllegalArgumentException(name + ": channels " + channels.channel() + " to "
                    + (channels.channel() + width - 1) + " of rows of " + channels.stride());
        }
        long count = rows == 0 ? 0 : (long) (rows - 1) * channels.stride() + channels.channel() + width;
        if (written) {
            Operand.out(name, channels.memory(), count);
        } else {
            Operand.in(name, channels.memory(), count);
        }
    }

    private interface PairTask {
        void run(Pair pair, HeadThreads.Room room);
    }

    private void run(Shape shape, int blocks, PairTask task) {
        int heads = shape.heads();
        int mostKeys = 0;
        long[] before = new long[shape.sequences() + 1];
        for (int i = 0; i < shape.sequences(); i++) {
            before[i + 1] = before[i] + (long) heads * shape.queriesOf(i) * shape.keysOf(i);
            mostKeys = Math.max(mostKeys, shape.keysOf(i));
        }
        int pairs = shape.width() == 0 ? 0 : Math.multiplyExact(shape.sequences(), heads);
        threads.run(
                pairs,
                pair -> {
                    int sequence = pair / heads;
                    long ofSequence = pair % heads == 0 ? 0 : before[sequence + 1] - before[sequence];
                    return before[sequence] + ofSequence / heads * (pair % heads);
                },
                mostKeys,
                blocks,
                (from, to, room) -> {
                    for (int pair = from; pair < to; pair++) {
                        task.run(new Pair(shape, pair / heads, pair % heads), room);
                    }
                });
    }

    /** A head of a sequence. */
    private record Pair(Shape shape, int sequence, int head) {
        HeadAttention attention(Operands operands, Result result, HeadThreads.Room room) {
            int queries = shape.queriesOf(sequence);
            long firstRow = (long) shape.queryOffsets()[sequence] * shape.heads() + (long) head * queries;
            return new HeadAttention(
                    queries(operands.queries()),
                    keys(operands.keys()),
                    keys(operands.values()),
                    queries(Channels.of(result.out(), shape.width())),
                    result.saved().address() + 8L * firstRow,
                    shape.reach(),
                    room);
        }

        /** Rows of queries, or of what has a row a query: [m, D/H]. */
        Matrix queries(Channels channels) {
            return rows(channels, shape.queryOffsets()[sequence], shape.queriesOf(sequence));
        }

        /** Rows of keys or values: [n, D/H]. */
        Matrix keys(Channels channels) {
            return rows(channels, shape.keyOffsets()[sequence], shape.keysOf(sequence));
        }

        private Matrix rows(Channels channels, int first, int count) {
            long start = (long) first * channels.stride() + channels.channel() + (long) head * shape.headWidth();
            return Matrix.strided(channels.memory(), start, count, shape.headWidth(), channels.stride());
        }
    }
}
