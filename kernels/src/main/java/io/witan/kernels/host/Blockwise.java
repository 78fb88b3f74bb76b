package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;

import io.witan.kernels.simd.Lanes;
import java.lang.foreign.MemorySegment;

/**
 * Element-wise operations in blocks small enough for the first-level cache. Their loops see whole vectors only: a last,
 * partial vector is copied to scratch memory, computed there by the same loop, and its outputs copied back.
 */
final class Blockwise {
    private static final int OPERANDS = 8;

    /** Most elements of a block. */
    static final int BLOCK = (Scratch.BLOCK - OPERANDS * 64) / 2 / 64 * 64;

    private static final int COPIES = 2 * BLOCK;

    private final Workers workers;
    private final Scratch scratch;

    Blockwise(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /**
     * Computes n elements, a multiple of the vector length. {@code at} has the operands' addresses; at e there is scratch
     * for two blocks.
     */
    interface Loop {
        void run(long[] at, long e, int n);
    }

    /** Hears of a block, elements from .. from + n - 1, when it is done, on the thread that did it. */
    interface BlockEnd {
        void done(long from, long n);
    }

    /** @param inputs how many of the operands, from the first, are read; the rest is written */
    void run(long count, int inputs, MemorySegment[] operands, Loop loop) {
        run(count, inputs, operands, loop, (from, n) -> {});
    }

    /** As {@link #run(long, int, MemorySegment[], Loop)}, and tells of each block. */
    void run(long count, int inputs, MemorySegment[] operands, Loop loop, BlockEnd end) {
        workers.elements(count, (part, from, to) -> {
            long e = scratch.block(part);
            long[] at = new long[operands.length];
            for (long begin = from; begin < to; begin += BLOCK) {
                for (int i = 0; i < at.length; i++) {
                    at[i] = operands[i].address() + 4 * begin;
                }
                int n = (int) Math.min(BLOCK, to - begin);
                int whole = n / COUNT * COUNT;
                loop.run(at, e, whole);
                if (whole < n) {
                    tail(at, inputs, e, whole, n - whole, loop);
                }
                end.done(begin, n);
            }
        });
    }

    private static void tail(long[] at, int inputs, long e, int whole, int left, Loop loop) {
        long[] copy = new long[at.length];
        for (int i = 0; i < at.length; i++) {
            copy[i] = e + 4L * (COPIES + i * COUNT);
            if (i < inputs) {
                Lanes.zero(copy[i], 4L * COUNT);
                Lanes.copy(at[i] + 4L * whole, copy[i], 4L * left);
            }
        }
        loop.run(copy, e, COUNT);
        for (int i = inputs; i < at.length; i++) {
            Lanes.copy(copy[i], at[i] + 4L * whole, 4L * left);
        }
    }
}
