package io.witan.kernels.host;

import io.witan.kernels.CrossEntropyKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;

final class HostCrossEntropy implements CrossEntropyKernel {
    /** Columns summed in one go; behind them in the scratch block there is room for a vector. */
    private static final int BLOCK = 1024;

    private final Workers workers;
    private final Scratch scratch;

    HostCrossEntropy(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    @Override
    public void forward(MemorySegment logits, MemorySegment targets, MemorySegment losses, int rows, int vocabulary) {
        Operand.in("crossEntropy logits", logits, check(targets, losses, rows, vocabulary));
        workers.rows(rows, 4L * vocabulary, (part, from, to) -> {
            for (long row = from; row < to; row++) {
                long x = logits.address() + 4 * row * vocabulary;
                int target = Lanes.getInt(targets.address() + 4 * row);
                float loss = target < 0 ? 0f : loss(x, target, vocabulary, scratch.block(part));
                Lanes.set(losses.address() + 4 * row, loss);
            }
        });
    }

    private static float loss(long x, int target, int vocabulary, long block) {
        float max = Rows.max(x, vocabulary);
        float sum = 0;
        for (int begin = 0; begin < vocabulary; begin += BLOCK) {
            sum += Rows.exp(x + 4L * begin, block, max, Math.min(BLOCK, vocabulary - begin), pad(block));
        }
        return loss(max, Lanes.get(x + 4L * target), sum);
    }

    /** log(sum) + (max - x): nothing is lost of a small loss, however large the logits are. */
    private static float loss(float max, float x, float sum) {
        return (float) (Math.log(sum) + ((double) max - x));
    }

    @Override
    public void forwardBackward(
            MemorySegment logits, MemorySegment targets, MemorySegment losses, float scale, int rows, int vocabulary) {
        Operand.out("crossEntropy logits", logits, check(targets, losses, rows, vocabulary));
        workers.rows(rows, 4L * vocabulary, (part, from, to) -> {
            for (long row = from; row < to; row++) {
                long x = logits.address() + 4 * row * vocabulary;
                int target = Lanes.getInt(targets.address() + 4 * row);
                float loss = target < 0
                        ? ignore(x, vocabulary)
                        : differentiate(x, target, scale, vocabulary, scratch.block(part));
                Lanes.set(losses.address() + 4 * row, loss);
            }
        });
    }

    private static long pad(long block) {
        return block + 4L * BLOCK;
    }

    private static float ignore(long x, int vocabulary) {
        Lanes.zero(x, 4L * vocabulary);
        return 0f;
    }

    private static float differentiate(long x, int target, float scale, int vocabulary, long block) {
        float max = Rows.max(x, vocabulary);
        float hit = Lanes.get(x + 4L * target);
        float sum = 0;
        for (int begin = 0; begin < vocabulary; begin += BLOCK) {
            long at = x + 4L * begin;
            sum += Rows.exp(at, at, max, Math.min(BLOCK, vocabulary - begin), pad(block));
        }
        float others = sumOfOthers(x, target, vocabulary);
        Rows.scale(x, scale / sum, vocabulary);
        // p - 1 = -(sum of the other p): without the cancellation when p is near 1.
        Lanes.set(x + 4L * target, -scale * (others / sum));
        return loss(max, hit, sum);
    }

    private static float sumOfOthers(long e, int target, int vocabulary) {
        float before = Rows.sum(e, target);
        return before + Rows.sum(e + 4L * (target + 1), vocabulary - target - 1);
    }

    private static long check(MemorySegment targets, MemorySegment losses, int rows, int vocabulary) {
        Operand.size("crossEntropy rows", rows);
        if (vocabulary < 1) {
            throw new IllegalArgumentException("crossEntropy vocabulary is " + vocabulary);
        }
        Operand.indices("crossEntropy targets", targets, rows, Integer.MIN_VALUE, vocabulary);
        Operand.out("crossEntropy losses", losses, rows);
        return (long) rows * vocabulary;
    }
}
