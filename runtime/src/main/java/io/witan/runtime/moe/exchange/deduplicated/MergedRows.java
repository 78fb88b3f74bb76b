package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.runtime.moe.TokenRows;

/**
 * The rows of one source for one node, of which those of one token travel as one, its merged row. Rows lie by target, then piece, expert and
 * token, as they do among all rows of the source. Merged rows lie in the order in which pieces first need them; answers to them in the
 * order in which pieces complete them. Source and relay come to the same numbers.
 */
final class MergedRows {
    /** [target of the node][piece] first row; in the last place the end. */
    private final int[][] begin;
    /** [row] merged row. */
    private final int[] merged;
    /** [piece] merged rows that earlier pieces need; in the last place all. */
    private final int[] needed;
    /** Merged row of each answer. */
    private final int[] answers;
    /** [piece] merged rows that earlier pieces complete; in the last place all. */
    private final int[] answered;

    /**
     * @param begin as {@link #begin} gives it
     * @param merged merged row of each row
     */
    MergedRows(int[][] begin, int[] merged) {
        int pieces = begin[0].length - 1;
        this.begin = begin;
        this.merged = merged;
        this.needed = new int[pieces + 1];
        this.answered = new int[pieces + 1];
        int[] last = new int[merged.length];
        for (int piece = 0; piece < pieces; piece++) {
            needed[piece + 1] = needed[piece];
            for (int[] ofTarget : begin) {
                for (int row = ofTarget[piece]; row < ofTarget[piece + 1]; row++) {
                    needed[piece + 1] = Math.max(needed[piece + 1], merged[row] + 1);
                    last[merged[row]] = piece;
                }
            }
        }
        this.answers = new int[needed[pieces]];
        for (int row = 0; row < answers.length; row++) {
            answered[last[row] + 1]++;
        }
        for (int piece = 0; piece < pieces; piece++) {
            answered[piece + 1] += answered[piece];
        }
        int[] next = answered.clone();
        for (int row = 0; row < answers.length; row++) {
            answers[next[last[row]]++] = row;
        }
    }

    /** Where the rows of a source begin that go to each rank of a node in each piece. */
    static int[][] begin(TokenRows rows, Relays relays, int source, int node) {
        int[][] begin = new int[relays.size(node)][rows.pieces() + 1];
        int next = 0;
        for (int target = 0; target < begin.length; target++) {
            begin[target][0] = next;
            for (int piece = 0; piece < rows.pieces(); piece++) {
                next += rows.rows(source, relays.first(node) + target, piece, piece + 1);
                begin[target][piece + 1] = next;
            }
        }
        return begin;
    }

    /** Rows of all targets. */
    static int rows(int[][] begin) {
        int[] last = begin[begin.length - 1];
        return last[last.length - 1];
    }

    int rows() {
        return merged.length;
    }

    /** Merged rows. */
    int count() {
        return answers.length;
    }

    /** First row of a piece for a target of the node; of the piece after the last one, the end. */
    int begin(int target, int piece) {
        return begin[target][piece];
    }

    int merged(int row) {
        return merged[row];
    }

    /** Merged rows that the pieces before this one need. */
    int needed(int piece) {
        return needed[piece];
    }

    int answer(int number) {
        return answers[number];
    }

    /** Merged rows that the pieces before this one complete. */
    int answered(int piece) {
        return answered[piece];
    }
}
