package io.witan.kernels.host;

import io.witan.kernels.gemm.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.function.IntToLongFunction;

/** Shares the heads of an attention among threads, each of which takes neighbours that are about as much work as every other's. */
record HeadThreads(Workers workers, Scratch scratch, ThreadGemms gemms) {
    /** Work for the units {@code from .. to - 1}. */
    interface Task {
        void run(int from, int to, Room room);
    }

    /**
     * @param units what one thread does alone
     * @param workBefore scores of the units before one, of all for the unit after the last
     * @param keys most of a head
     * @param blocks of scores that a thread works on at once
     */
    void run(int units, IntToLongFunction workBefore, int keys, int blocks, Task task) {
        long floats = (long) blocks * HeadAttention.BLOCK * keys;
        MemorySegment memory = scratch.floats(floats * workers.threads());
        long work = workBefore.applyAsLong(units);
        int parts = (int) Math.max(1, Math.min(workers.threads(), Math.min(units, work / HeadAttention.BLOCK)));
        workers.run(parts, part -> {
            int from = part == 0 ? 0 : firstFrom(units, workBefore, work * part / parts);
            int to = part == parts - 1 ? units : firstFrom(units, workBefore, work * (part + 1) / parts);
            task.run(from, to, new Room(memory, part * floats, scratch.block(part), gemms, part));
        });
    }

    /** The first unit with so much work before it. */
    private static int firstFrom(int units, IntToLongFunction workBefore, long work) {
        int low = 0;
        int high = units;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (workBefore.applyAsLong(middle) < work) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * What a thread works in.
     *
     * @param pad address of one vector, for the last elements of a row
     */
    record Room(MemorySegment scratch, long first, long pad, ThreadGemms gemms, int part) {
        void multiply(Matrix a, Matrix b, Matrix c, float alpha, float beta) {
            gemms.multiply(part, a, b, c, alpha, beta);
        }

        /** Scores of so many rows against so many keys, of a head that has {@code most} keys. */
        Matrix block(int index, int rows, int keys, int most) {
            return Matrix.strided(scratch, first + (long) index * HeadAttention.BLOCK * most, rows, keys, keys);
        }
    }
}
