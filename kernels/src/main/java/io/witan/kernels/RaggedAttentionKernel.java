package io.witan.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Attention among sequences of uneven lengths, whose rows follow one another without padding: queries of sequence i attend to keys of
 * sequence i. Head h of H has channels h * D/H .. (h + 1) * D/H - 1 of queries, keys and values; scores are scaled by 1 / sqrt(D/H). A query
 * without keys gets zeros.
 */
public interface RaggedAttentionKernel {
    /** Which keys a query sees. */
    enum Reach {
        /** Those up to its own position. */
        CAUSAL,
        /** All of its sequence. */
        FULL
    }

    /**
     * n sequences; the arrays are kept by reference.
     *
     * @param queryOffsets n + 1 row numbers, the first 0: where the queries of each sequence begin
     * @param keyOffsets the same of keys and values; those of the queries if causal
     * @param width D
     * @param heads H, divides D
     */
    record Shape(int[] queryOffsets, int[] keyOffsets, int width, int heads, Reach reach) {
        /** @throws IllegalArgumentException if offsets or heads do not fit */
        public Shape {
            if (queryOffsets.length == 0 || queryOffsets.length != keyOffsets.length) {
                throw new IllegalArgumentException(
                        "ragged attention of " + queryOffsets.length + " offsets of queries and " + keyOffsets.length
                                + " of keys: needs one more of each than sequences");
            }
            requireOffsets("queries", queryOffsets);
            requireOffsets("keys", keyOffsets);
            if (width < 0 || heads < 1 || width % heads != 0) {
                throw new IllegalArgumentException("ragged attention of " + heads + " heads, width " + width
                        + ": needs heads that divide the width");
            }
            if (reach == Reach.CAUSAL && !Arrays.equals(queryOffsets, keyOffsets)) {
                throw new IllegalArgumentException("causal ragged attention needs as many keys as queries");
            }
        }

        private static void requireOffsets(String of, int[] offsets) {
            for (int i = 0; i < offsets.length; i++) {
                if (offsets[i] < (i == 0 ? 0 : offsets[i - 1]) || offsets[0] != 0) {
                    throw new IllegalArgumentException("ragged attention: offset " + i + " of " + of + " is "
                            + offsets[i] + ", needs 0 first and then none smaller than the one before");
                }
            }
        }

        /** n */
        public int sequences() {
            return queryOffsets.length - 1;
        }

        /** Rows of all sequences. */
        public int queries() {
            return queryOffsets[sequences()];
        }

        /** Likewise of keys, and of values. */
        public int keys() {
            return keyOffsets[sequences()];
        }

        public int queriesOf(int sequence) {
            return queryOffsets[sequence + 1] - queryOffsets[sequence];
        }

        public int keysOf(int sequence) {
            return keyOffsets[sequence + 1] - keyOffsets[sequence];
        }

        /** Width of a head. */
        public int headWidth() {
            return width / heads;
        }
    }

    /**
     * D channels of rows that are as wide or wider.
     *
     * @param memory fp32
     * @param channel of a row, the first of the D
     * @param stride elements from one row to the next, at least channel + D
     */
    record Channels(MemorySegment memory, int channel, int stride) {
        /** Rows of these channels alone. */
        public static Channels of(MemorySegment memory, int width) {
            return new Channels(memory, 0, width);
        }
    }

    /** What goes in, or its gradients, which do not overlap each other. */
    record Operands(Channels queries, Channels keys, Channels values) {}

    /**
     * What forward gives.
     *
     * @param out [queries, D]
     * @param saved {@link #savedFloats} floats for backward
     */
    record Result(MemorySegment out, MemorySegment saved) {}

    /** Floats that forward saves for backward. */
    long savedFloats(Shape shape);

    /** Overwrites the result. */
    void forward(Operands operands, Result result, Shape shape);

    /**
     * @param operands of forward, as is {@code result}
     * @param dOut [queries, D]
     * @param gradients out: overwritten
     */
    void backward(Operands operands, Result result, MemorySegment dOut, Operands gradients, Shape shape);
}
