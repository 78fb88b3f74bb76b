package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** Token embedding, plus a learned position embedding unless position is {@link MemorySegment#NULL}. */
public interface EmbeddingKernel {
    /**
     * out[t] = token[ids[t]] + position[t mod S].
     *
     * @param ids [T] int32 in 0..V-1
     * @param token [V, D]
     * @param position [S, D]
     */
    void forward(
            MemorySegment ids,
            MemorySegment token,
            MemorySegment position,
            MemorySegment out,
            int tokens,
            int positions,
            int cols);

    /** dToken and dPosition add the rows of dOut, in token order. */
    void backward(
            MemorySegment ids,
            MemorySegment dOut,
            MemorySegment dToken,
            MemorySegment dPosition,
            int tokens,
            int positions,
            int cols);
}
