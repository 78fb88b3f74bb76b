package io.witan.runtime.engine;

import java.util.Arrays;

/**
 * Sequences of uneven lengths whose rows follow one another without padding. The array is not copied and must not change.
 *
 * @param offsets n + 1 row numbers, the first 0: where each of n sequences begins, and where the last one ends
 */
public record Ragged(int[] offsets) {
    /** @throws IllegalArgumentException if an offset is missing or smaller than the one before */
    public Ragged {
        if (offsets.length == 0 || offsets[0] != 0) {
            throw new IllegalArgumentException(
                    "sequences need offsets that begin with 0, got " + Arrays.toString(offsets));
        }
        for (int i = 1; i < offsets.length; i++) {
            if (offsets[i] < offsets[i - 1]) {
                throw new IllegalArgumentException(
                        "sequence " + (i - 1) + " begins at " + offsets[i - 1] + " and ends at " + offsets[i]);
            }
        }
    }

    /** Sequences of these lengths. */
    public static Ragged ofLengths(int... lengths) {
        int[] offsets = new int[lengths.length + 1];
        for (int i = 0; i < lengths.length; i++) {
            offsets[i + 1] = Math.addExact(offsets[i], lengths[i]);
        }
        return new Ragged(offsets);
    }

    /** So many sequences of one length. */
    public static Ragged equal(int sequences, int length) {
        int[] lengths = new int[sequences];
        Arrays.fill(lengths, length);
        return ofLengths(lengths);
    }

    /** n */
    public int sequences() {
        return offsets.length - 1;
    }

    /** T: rows of all sequences. */
    public int rows() {
        return offsets[sequences()];
    }

    /** First row of a sequence. */
    public int begin(int sequence) {
        return offsets[sequence];
    }

    /** Rows of a sequence. */
    public int length(int sequence) {
        return offsets[sequence + 1] - offsets[sequence];
    }

    /** The sequence of a row. */
    public int sequenceOf(int row) {
        int low = 0;
        int high = sequences() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (offsets[middle] <= row) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Position of each row in its sequence, from 0. */
    public int[] positions() {
        int[] positions = new int[rows()];
        for (int i = 0; i < sequences(); i++) {
            for (int row = offsets[i]; row < offsets[i + 1]; row++) {
                positions[row] = row - offsets[i];
            }
        }
        return positions;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ragged that && Arrays.equals(offsets, that.offsets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(offsets);
    }
}
