package io.witan.runtime.engine;

/**
 * Tasks of this rank's tokens in a micro-batch. All tokens of a sequence have its task. The array is not copied and must not change.
 *
 * @param ofSequence task number, from 0, of each sequence; empty: there are no tasks
 * @param positions tokens of a sequence
 */
public record TokenTasks(int[] ofSequence, int positions) {
    public static final TokenTasks NONE = new TokenTasks(new int[0], 1);

    /** Also of a rank that has no tokens. */
    public boolean isNone() {
        return ofSequence.length == 0;
    }

    /** Tokens that have a task. */
    public int tokens() {
        return ofSequence.length * positions;
    }

    /** Task of a token, numbered from 0 on this rank. */
    public int of(int token) {
        return ofSequence[token / positions];
    }
}
