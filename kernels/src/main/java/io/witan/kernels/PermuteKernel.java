package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** Moving rows between token order and expert order. {@code cols} is the width of a row in elements. */
public interface PermuteKernel {
    /**
     * Stable counting sort of n keys: order[j] = index of the j-th smallest key, equal keys in index order.
     *
     * @param keys [n] int32 in 0..keyCount-1
     * @param offsets keyCount + 1 entries, out: where each key's run begins
     * @param order [n] int32, out
     */
    void sort(MemorySegment keys, int n, int keyCount, int[] offsets, MemorySegment order);

    /** to[j] = from[row[j]] for j in 0..n-1; row [n] int32. */
    void gatherRows(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols);

    /** to[row[j]] = from[j] for j in 0..n-1; row [n] int32 without repeats. */
    void scatterRows(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols);

    /**
     * out[t] adds, for k = 0..K-1 in this order, weight[t, k] * y[position[t, k]].
     *
     * @param position [T, K] int32: row of y that holds the token's k-th expert output
     */
    void combine(
            MemorySegment y,
            MemorySegment position,
            MemorySegment weight,
            MemorySegment out,
            int tokens,
            int topK,
            int cols);

    /**
     * Backward of {@link #combine}: dy[position[t, k]] = weight[t, k] * dOut[t]; dWeight[t, k] = dOut[t] . y[position[t, k]].
     */
    void combineBackward(CombineGradient gradient, int tokens, int topK, int cols);

    /** Backward of a gather by position: dx[t] = sum over k, in this order, of dy[position[t, k]] + beta * dx[t]. */
    void sumByPosition(
            MemorySegment dy, MemorySegment position, MemorySegment dx, int tokens, int topK, int cols, float beta);

    /** Operands of {@link #combineBackward}; y, position, weight, dOut are read, dy and dWeight written. */
    record CombineGradient(
            MemorySegment y,
            MemorySegment position,
            MemorySegment weight,
            MemorySegment dOut,
            MemorySegment dy,
            MemorySegment dWeight) {}
}
