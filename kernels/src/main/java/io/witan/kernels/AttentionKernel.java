package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Causal multi-head attention between the projections. A row of qkv is q | k | v, each D wide; head h has channels
 * h * D/H .. (h + 1) * D/H - 1 of each; scores are scaled by 1 / sqrt(D/H). Sequences do not see each other.
 */
public interface AttentionKernel {
    /** B sequences of S positions, D channels in H heads. */
    record Shape(int sequences, int positions, int width, int heads) {
        /** @throws IllegalArgumentException if a number is negative or the heads don't divide the width */
        public Shape {
            boolean negative = sequences < 0 || positions < 0 || width < 0;
            if (negative || heads < 1 || width % heads != 0) {
                throw new IllegalArgumentException("attention of " + sequences + " sequences, " + positions
                        + " positions, " + heads + " heads, width " + width + ": needs heads that divide the width");
            }
        }

        /** Width of a head. */
        public int headWidth() {
            return width / heads;
        }
    }

    /** Floats that forward saves for backward. */
    long savedFloats(Shape shape);

    /**
     * @param qkv [B * S, 3 D]
     * @param out [B * S, D], out
     * @param saved {@link #savedFloats} floats, out
     */
    void forward(MemorySegment qkv, MemorySegment out, MemorySegment saved, Shape shape);

    /** dQkv [B * S, 3 D] is overwritten; qkv, out and saved are those of forward; dOut [B * S, D]. */
    void backward(
            MemorySegment qkv,
            MemorySegment out,
            MemorySegment saved,
            MemorySegment dOut,
            MemorySegment dQkv,
            Shape shape);
}
