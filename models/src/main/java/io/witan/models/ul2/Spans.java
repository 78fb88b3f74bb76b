package io.witan.models.ul2;

import io.witan.runtime.data.arithmetic.Draws;

/**
 * A text in parts that are kept and hidden in turn, a kept one first and a hidden one last (span corruption of T5,
 * arXiv 1910.10683). The arrays are the caller's to read, not to change.
 *
 * @param kept [k] tokens of each kept part; the only one of a text of one token is empty, others are not
 * @param hidden [k] tokens of each hidden part, at least 1
 */
record Spans(int[] kept, int[] hidden) {
    /** Every partition with the denoiser's numbers of hidden tokens and of spans is equally likely. @param n tokens of the text, at least 1 */
    static Spans drawn(Denoiser denoiser, int n, Draws draws) {
        int hidden = denoiser.hidden(n);
        int spans = denoiser.spans(n);
        return new Spans(parts(n - hidden, spans, draws), parts(hidden, spans, draws));
    }

    /** Lengths of parts, each at least 1: cuts are chosen among the places between two tokens (Knuth's selection sampling). */
    private static int[] parts(int tokens, int count, Draws draws) {
        int[] parts = new int[count];
        int part = 0;
        int begin = 0;
        for (int place = 1; place < tokens; place++) {
            int left = count - 1 - part;
            if (draws.uniform() * (tokens - place) < left) {
                parts[part++] = place - begin;
                begin = place;
            }
        }
        parts[part] = tokens - begin;
        return parts;
    }
}
