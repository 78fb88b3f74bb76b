package io.witan.models.dmoerm.network;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/**
 * Queries, keys and values one by one, of a matrix that holds all three.
 *
 * @param weight [3 D, D]: rows of q, k and v
 * @param width D
 */
record QkvProjection(Kernels kernels, Parameter weight, int width) {
    static final int QUERIES = 0;
    static final int KEYS = 1;
    static final int VALUES = 2;

    /**
     * @param n [rows, D]
     * @return [rows, D], in the arena
     */
    MemorySegment forward(int part, MemorySegment n, int rows, StepArena arena) {
        MemorySegment y = arena.floats((long) rows * width);
        kernels.linear().forward(n, slice(weight.value(), part), y, rows, width, width, 0);
        return y;
    }

    /** dN [rows, D] = dY W + beta dN; W's gradient, if it is trained, adds its part. */
    void backward(int part, MemorySegment dY, MemorySegment n, MemorySegment dN, int rows, float beta) {
        kernels.linear().backwardInput(dY, slice(weight.value(), part), dN, rows, width, width, beta);
        if (weight.isTrained()) {
            kernels.linear().backwardWeight(dY, n, slice(weight.gradient(), part), rows, width, width, 1);
        }
    }

    private MemorySegment slice(MemorySegment whole, int part) {
        long bytes = (long) width * width * Float.BYTES;
        return whole.asSlice(part * bytes, bytes);
    }
}
