package io.witan.models.dmoerm.network;

import io.witan.runtime.engine.Ragged;

/**
 * Sequences repeated, once for each capability point that they are looked at by, so that one pass evaluates all points.
 *
 * @param points [N] number of the point of each repetition, over all categories
 * @param rows the N repetitions
 * @param tokens [T'] where each of their tokens is among those of the sequences
 * @param of the sequences
 */
public record PointRows(int[] points, Ragged rows, int[] tokens, Ragged of) {
    /**
     * @param sequence [N] the sequence of each repetition
     * @param points [N]
     */
    public static PointRows repeat(Ragged of, int[] sequence, int[] points) {
        int[] lengths = new int[sequence.length];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = of.length(sequence[i]);
        }
        Ragged rows = Ragged.ofLengths(lengths);
        int[] tokens = new int[rows.rows()];
        for (int i = 0; i < lengths.length; i++) {
            for (int t = 0; t < lengths[i]; t++) {
                tokens[rows.begin(i) + t] = of.begin(sequence[i]) + t;
            }
        }
        return new PointRows(points, rows, tokens, of);
    }
}
