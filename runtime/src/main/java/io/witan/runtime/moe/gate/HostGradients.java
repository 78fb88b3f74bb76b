package io.witan.runtime.moe.gate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.VectorKernel;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** Gradients that the host has put together. */
final class HostGradients {
    private HostGradients() {}

    /**
     * Sums rows by task, in double and in the order of tokens: the gradient of what each token of a task reads.
     *
     * @param rows [T, cols] in host memory, of which the last {@code width} columns count
     * @return [N, width] in host memory, in the arena
     */
    static MemorySegment sums(
            MemorySegment rows, int cols, int width, TokensByTask byTask, int tasks, StepArena arena) {
        double[] sums = new double[tasks * width];
        for (int t = 0; t < byTask.tokens(); t++) {
            int to = byTask.ofToken()[t] * width;
            long from = (t + 1L) * cols - width;
            for (int c = 0; c < width; c++) {
                sums[to + c] += rows.getAtIndex(JAVA_FLOAT, from + c);
            }
        }
        MemorySegment result = arena.hostBytes((long) sums.length * Float.BYTES);
        for (int i = 0; i < sums.length; i++) {
            result.setAtIndex(JAVA_FLOAT, i, (float) sums[i]);
        }
        return result;
    }

    /**
     * to = from + beta to.
     *
     * @param from in host memory
     * @param beta 0 or 1; with 0 it does not matter what {@code to} holds
     */
    static void put(MemorySegment from, MemorySegment to, float beta, VectorKernel vector, StepArena arena) {
        MemorySegment there = arena.toKernels(from);
        if (beta == 0) {
            arena.copy(there, to, from.byteSize());
        } else {
            vector.add(to, there, from.byteSize() / Float.BYTES);
        }
    }
}
