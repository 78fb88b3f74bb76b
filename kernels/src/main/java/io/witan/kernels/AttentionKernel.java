package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Causal attention between the projections, with H heads of queries and G of keys and values (Ainslie et al. 2023, grouped-query
 * attention; G = H: multi-head). A row of qkv is q | k | v, q D wide, k and v G * D/H. Head h of q has channels h * D/H .. (h + 1) * D/H - 1
 * and reads head h / (H/G) of k and v; scores are scaled by 1 / sqrt(D/H). Sequences do not see each other.
 */
public interface AttentionKernel {
    /** B sequences of S positions, D channels in H heads, G heads of keys and values. */
    record Shape(int sequences, int positions, int width, int heads, int kvHeads) {
        /** @throws IllegalArgumentException if a number is negative, heads don't divide the width or G does not divide H */
        public Shape {
            boolean negative = sequences < 0 || positions < 0 || width < 0;
            if (negative || heads < 1 || width % heads != 0) {
                throw new IllegalArgumentException("attention of " + sequences + " sequences, " + positions
                        + " positions, " + heads + " heads, width " + width + ": needs heads that divide the width");
            }
            if (kvHeads < 1 || heads % kvHeads != 0) {
                throw new IllegalArgumentException("attention of " + heads + " heads with " + kvHeads
                        + " of keys and values: needs a number that divides the heads");
            }
        }

        /** As many heads of keys and values as of queries. */
        public Shape(int sequences, int positions, int width, int heads) {
            this(sequences, positions, width, heads, heads);
        }

        /** Width of a head. */
        public int headWidth() {
            return width / heads;
        }

        /** Width of k, and of v. */
        public int kvWidth() {
            return kvHeads * headWidth();
        }

        /** Width of a row of qkv. */
        public int rowWidth() {
            return width + 2 * kvWidth();
        }
    }

    /** Floats that forward saves for backward. */
    long savedFloats(Shape shape);

    /**
     * @param qkv [B * S, D + 2 G D/H]
     * @param out [B * S, D], out
     * @param saved {@link #savedFloats} floats, out
     */
    void forward(MemorySegment qkv, MemorySegment out, MemorySegment saved, Shape shape);

    /** dQkv, as wide as qkv, is overwritten; qkv, out and saved are those of forward; dOut [B * S, D]. */
    void backward(
            MemorySegment qkv,
            MemorySegment out,
            MemorySegment saved,
            MemorySegment dOut,
            MemorySegment dQkv,
            Shape shape);
}
